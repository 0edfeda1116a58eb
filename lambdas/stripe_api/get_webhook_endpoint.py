"""GET /v1/webhook_endpoints/{endpoint}: a webhook endpoint, without its secret."""

from paysandbox.contract.stripe_objects import may_expand
from paysandbox.contract.stripe_requests import Retrieve
from paysandbox.contract.stripe_webhooks import render_webhook_endpoint
from paysandbox.routes.stripe_api import GET_WEBHOOK_ENDPOINT
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_endpoints import stripe_endpoint_named
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint


@stripe_endpoint(GET_WEBHOOK_ENDPOINT)
def handler(call: Call) -> StripeAnswer:
    """One consistent read."""
    query: Retrieve = call.query
    may_expand("webhook_endpoint", query.expand)
    return StripeAnswer(render_webhook_endpoint(stripe_endpoint_named(call)), outcome="shown")
