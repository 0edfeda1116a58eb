"""`paysandbox customers`, `products`, `payment-intents` and the like: objects of the Stripe-compatible API."""
