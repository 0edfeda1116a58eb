"""Commands about what the functions log."""
