"""The handler of the pages of Checkout sessions, as the stand-in for Stripe's browser library finds them."""
