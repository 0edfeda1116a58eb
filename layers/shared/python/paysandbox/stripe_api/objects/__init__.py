"""Stripe's objects, rendered from payments."""
