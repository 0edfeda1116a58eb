"""The kinds of payments that `benchmarks/cost/stripe_payments.py` counts, by the names of its results."""

from typing import Final

NATIVE: Final = "an authorization and its capture, over the native API"
INTENT: Final = "a PaymentIntent that is confirmed and captured at once"
ORDER: Final = "a PaymentIntent with an order in its metadata, by which it is found"
SAVED: Final = "a PaymentIntent that saves its card for a customer"
CHECKOUT: Final = "a payment on Checkout's page"
DESTINATION: Final = "a destination charge with an application fee"

OF_STRIPE: Final = (INTENT, ORDER, SAVED, DESTINATION, CHECKOUT)
"""Those of the Stripe-compatible API, from what writes least."""
