"""The Stripe-compatible API: one handler per route, each a translation to the same payments."""
