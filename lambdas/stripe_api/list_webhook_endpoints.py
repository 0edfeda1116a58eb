"""GET /v1/webhook_endpoints: the merchant's webhook endpoints of Stripe's kind, newest first."""

from paysandbox.contract.stripe_objects import expand_of_list, may_expand, render_list
from paysandbox.contract.stripe_requests import ListWebhookEndpoints
from paysandbox.contract.stripe_webhooks import render_webhook_endpoint
from paysandbox.routes.stripe_api import LIST_WEBHOOK_ENDPOINTS
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_endpoints import stripe_endpoints
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint
from paysandbox.runtime.stripe_lists import around_in
from paysandbox.table.stripe_page import page_of_row


@stripe_endpoint(LIST_WEBHOOK_ENDPOINTS)
def handler(call: Call) -> StripeAnswer:
    """One consistent read: there are ten at most."""
    query: ListWebhookEndpoints = call.query
    may_expand("webhook_endpoint", expand_of_list(query.expand))
    shown = [(one.id, render_webhook_endpoint(one)) for one in stripe_endpoints(call)]
    data, more = page_of_row(shown, limit=query.limit, around=around_in(query, shown))
    return StripeAnswer(render_list("/v1/webhook_endpoints", data, has_more=more), outcome="listed")
