"""The Stripe-compatible API: one handler per route, by resource and function. Each translates to the same payments."""
