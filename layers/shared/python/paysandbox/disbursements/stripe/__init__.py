"""Stripe Connect: the rail that transfers to a customer's connected account and pays out from it."""
