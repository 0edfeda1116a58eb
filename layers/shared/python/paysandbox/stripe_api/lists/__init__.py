"""Stripe's pagination and search."""
