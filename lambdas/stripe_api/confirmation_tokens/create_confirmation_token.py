"""POST /v1/test_helpers/confirmation_tokens: create a confirmation token, as a page does with Stripe.js."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.pages.new_confirmation_token import create_confirmation_token
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateConfirmationToken
from paysandbox.stripe_api.routes import CREATE_CONFIRMATION_TOKEN


@stripe_endpoint(CREATE_CONFIRMATION_TOKEN)
def handler(call: StripeCall[CreateConfirmationToken, None]) -> StripeAnswer:
    """As a page creates one."""
    return create_confirmation_token(call)
