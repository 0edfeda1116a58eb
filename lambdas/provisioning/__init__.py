"""Resources that a deployment creates once."""
