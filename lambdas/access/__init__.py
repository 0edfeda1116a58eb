"""Who may call the Stripe-compatible API."""
