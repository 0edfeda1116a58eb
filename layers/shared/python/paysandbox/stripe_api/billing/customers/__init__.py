"""Customers, and their subscriptions."""
