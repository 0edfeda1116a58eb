"""Confirmation tokens: the route by which a page creates one."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.pages.new_confirmation_token import store_confirmation_token
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateConfirmationTokenOfPage
from paysandbox.stripe_api.routes import CREATE_CONFIRMATION_TOKEN_OF_PAGE


@stripe_endpoint(CREATE_CONFIRMATION_TOKEN_OF_PAGE)
def create_confirmation_token_of_page(call: StripeCall[CreateConfirmationTokenOfPage, None]) -> StripeAnswer:
    """POST /v1/confirmation_tokens: create a confirmation token on a page, with Stripe.js and a publishable key.

    As test_helpers does for servers in tests, of a card that was typed.
    """
    return store_confirmation_token(call)
