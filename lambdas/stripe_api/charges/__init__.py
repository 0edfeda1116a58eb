"""The handlers of charges, and of their refunds."""
