"""POST /v1/confirmation_tokens: create a confirmation token on a page, with Stripe.js and a publishable key."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateConfirmationToken
from paysandbox.stripe_api.routes import CREATE_CONFIRMATION_TOKEN_OF_PAGE
from stripe_api.confirmation_tokens.create_confirmation_token import created


@stripe_endpoint(CREATE_CONFIRMATION_TOKEN_OF_PAGE)
def handler(call: StripeCall[CreateConfirmationToken, None]) -> StripeAnswer:
    """The same as in test_helpers, which servers call in tests."""
    return created(call)
