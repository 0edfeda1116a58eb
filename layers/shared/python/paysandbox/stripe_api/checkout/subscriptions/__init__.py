"""Sessions that sell a subscription."""
