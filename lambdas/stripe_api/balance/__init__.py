"""The handler of the key's own account."""
