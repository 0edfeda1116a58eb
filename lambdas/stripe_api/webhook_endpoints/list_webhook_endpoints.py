"""GET /v1/webhook_endpoints: list the merchant's webhook endpoints in Stripe's format, newest first."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.endpoints import stripe_endpoints
from paysandbox.stripe_api.events.webhook_endpoint import render_webhook_endpoint
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListWebhookEndpoints
from paysandbox.stripe_api.routes import LIST_WEBHOOK_ENDPOINTS


@stripe_endpoint(LIST_WEBHOOK_ENDPOINTS)
def handler(call: StripeCall[None, ListWebhookEndpoints]) -> StripeAnswer:
    """One consistent read: a merchant has 16 endpoints at most."""
    query = call.query
    shown = [(endpoint.id, render_webhook_endpoint(endpoint)) for endpoint in stripe_endpoints(call)]
    data, more = page_of_row(shown, limit=query.limit, around=around_in(query, "webhook endpoint", shown))
    return list_answer("/v1/webhook_endpoints", query, data, more=more)
