"""The handler of an account by its ID."""
