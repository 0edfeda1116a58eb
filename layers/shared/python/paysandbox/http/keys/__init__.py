"""API keys of the Stripe-compatible API: how they are sent, looked up, and accepted at first sight."""
