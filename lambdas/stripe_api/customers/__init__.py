"""The handlers of what a customer has."""
