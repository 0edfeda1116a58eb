"""Compare subscriptions and invoices with payments, and with each other."""
