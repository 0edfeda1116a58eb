"""The handlers of tokens."""
