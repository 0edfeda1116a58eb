"""Metrics of a merchant's requests, events and webhook deliveries, and their modeled cost."""
