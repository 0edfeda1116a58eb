"""Stripe's API over the same payments."""
