"""The Stripe-compatible API: Stripe's objects and routes over the same payments."""
