"""Creates the objects that a TOML file describes, once."""
