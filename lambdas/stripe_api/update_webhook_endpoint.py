"""POST /v1/webhook_endpoints/{endpoint}: change a webhook endpoint, disable or enable it."""

from paysandbox.contract.stripe_objects import may_expand
from paysandbox.contract.stripe_requests import UpdateWebhookEndpoint
from paysandbox.contract.stripe_webhooks import known_types, render_webhook_endpoint
from paysandbox.domain.endpoint import Endpoint, EndpointChange
from paysandbox.routes.stripe_api import UPDATE_WEBHOOK_ENDPOINT
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_endpoints import stripe_endpoint_named
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint
from paysandbox.runtime.webhook_tables import endpoints
from paysandbox.runtime.webhook_targets import allowed_url
from paysandbox.table.endpoint_writes import change_endpoint


@stripe_endpoint(UPDATE_WEBHOOK_ENDPOINT)
def handler(call: Call) -> StripeAnswer:
    """A read, then one conditional update. Again, it says the same: so no key is bound."""
    body: UpdateWebhookEndpoint = call.body
    may_expand("webhook_endpoint", body.expand)
    named: Endpoint = stripe_endpoint_named(call)
    change = EndpointChange(
        url=allowed_url(body.url) if body.url is not None else None,
        events=known_types(body.enabled_events) if body.enabled_events is not None else None,
        description=body.description or None,
        forgets_description=body.description == "",
        enabled=None if body.disabled is None else not body.disabled,
        stripe=True,
    )
    if change != EndpointChange(stripe=True):
        named = change_endpoint(endpoints(), call.merchant, named.id, change, call.now)
    return StripeAnswer(render_webhook_endpoint(named), outcome="changed")
