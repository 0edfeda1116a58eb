"""Handlers of Checkout sessions, one per route, beside those that the resource kit answers."""
