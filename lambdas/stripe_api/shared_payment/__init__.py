"""The handlers of shared payment tokens."""
