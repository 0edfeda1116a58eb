"""The handlers of a customer's saved cards in a Payment Element."""
