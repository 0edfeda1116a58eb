"""The handlers of payouts."""
