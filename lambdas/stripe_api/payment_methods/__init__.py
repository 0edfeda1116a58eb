"""The handlers of payment methods."""
