"""GET /v1/webhook_endpoints/{endpoint}: retrieve a webhook endpoint, without its secret."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.endpoints import stripe_endpoint_named
from paysandbox.stripe_api.events.webhook_endpoint import render_webhook_endpoint
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_WEBHOOK_ENDPOINT


@stripe_endpoint(GET_WEBHOOK_ENDPOINT)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """One consistent read."""
    return StripeAnswer(body=render_webhook_endpoint(stripe_endpoint_named(call)), outcome="shown")
