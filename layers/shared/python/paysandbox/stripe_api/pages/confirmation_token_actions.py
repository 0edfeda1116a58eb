# pyright: standard
"""What tests do with confirmation tokens, in place of a page."""

from paysandbox.stripe_api.pages.new_confirmation_token import store_confirmation_token
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.operations import Request


def create(request: Request) -> StripeAnswer:
    """Create a token, as a page does with Stripe.js."""
    return store_confirmation_token(request.call)
