"""The handlers of refunds."""
