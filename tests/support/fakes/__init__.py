"""Stand-ins for others: receivers of webhooks, Stripe, PayPal, and what AWS sends or runs."""
