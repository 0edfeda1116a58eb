"""The handler of confirmation tokens."""
