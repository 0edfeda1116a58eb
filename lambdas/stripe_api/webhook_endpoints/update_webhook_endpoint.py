"""POST /v1/webhook_endpoints/{endpoint}: update, disable or enable a webhook endpoint."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.endpoints import stripe_endpoint_named
from paysandbox.stripe_api.events.webhook_endpoint import check_metadata, known_types, render_webhook_endpoint
from paysandbox.stripe_api.payment_intents.intent_terms import merged_metadata
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdateWebhookEndpoint
from paysandbox.stripe_api.routes import UPDATE_WEBHOOK_ENDPOINT
from paysandbox.stripe_api.sent_events import never_sent
from paysandbox.webhooks.endpoint import Endpoint, EndpointChange, MetadataChange
from paysandbox.webhooks.endpoints.writes import change_endpoint
from paysandbox.webhooks.outbound.targets import allowed_url
from paysandbox.webhooks.tables import endpoints


@stripe_endpoint(UPDATE_WEBHOOK_ENDPOINT)
def handler(call: StripeCall[UpdateWebhookEndpoint, None]) -> StripeAnswer:
    """A read, then one conditional update. Repeating it gives the same answer, so it needs no idempotency key."""
    body = call.body
    named: Endpoint = stripe_endpoint_named(call)
    change = EndpointChange(
        url=allowed_url(body.url) if body.url is not None else None,
        events=known_types(body.enabled_events) if body.enabled_events is not None else None,
        description=body.description or None,
        forgets_description=body.description == "",
        enabled=None if body.disabled is None else not body.disabled,
        stripe=True,
    )
    metadata = None
    if body.metadata is not None:

        def merge(stored: str | None) -> str | None:
            return check_metadata(merged_metadata(stored, body.metadata))

        metadata = MetadataChange(read=named.metadata, merge=merge)
    if metadata is not None or change != EndpointChange(stripe=True):
        named = change_endpoint(endpoints(), call.merchant, named.id, change, call.now, metadata=metadata)
    headers = never_sent(named.events) if body.enabled_events is not None else {}
    return StripeAnswer(body=render_webhook_endpoint(named), outcome="changed", headers=headers)
