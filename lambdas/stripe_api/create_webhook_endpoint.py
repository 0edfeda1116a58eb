"""POST /v1/webhook_endpoints: have events sent to a URL, as Stripe sends them."""

from dataclasses import replace
from datetime import datetime

from paysandbox.contract.payment_requests import metadata_text
from paysandbox.contract.stripe_objects import may_expand
from paysandbox.contract.stripe_requests import CreateWebhookEndpoint
from paysandbox.contract.stripe_webhooks import known_types, render_webhook_endpoint
from paysandbox.domain import identity
from paysandbox.domain.endpoint import Endpoint
from paysandbox.routes.stripe_api import CREATE_WEBHOOK_ENDPOINT
from paysandbox.runtime.idempotency import once
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint
from paysandbox.runtime.webhook_secrets import secret_of_version
from paysandbox.runtime.webhook_tables import endpoints
from paysandbox.runtime.webhook_targets import allowed_url
from paysandbox.table.endpoint_writes import add_endpoint


@stripe_endpoint(CREATE_WEBHOOK_ENDPOINT)
def handler(call: Call) -> StripeAnswer:
    """A claim, then one conditional update; a put before the first."""
    body: CreateWebhookEndpoint = call.body
    may_expand("webhook_endpoint", body.expand)
    asked = Endpoint(
        id="",
        merchant=call.merchant,
        url=allowed_url(body.url),
        events=known_types(body.enabled_events),
        created_at=call.now,
        listens_since=call.now,
        request_id=call.request_id,
        description=body.description or None,
        stripe=True,
        metadata=metadata_text(body.metadata) if body.metadata else None,
    )

    def create(operation_id: str, _: datetime) -> Endpoint:
        return add_endpoint(endpoints(), replace(asked, id=identity.endpoint_id(operation_id)))

    made, _ = once(call, identity.ENDPOINT, create)
    # As it was asked for, whatever was changed since: under the same key is the same body, and the answer the same.
    then = replace(asked, id=made.id, created_at=made.created_at, listens_since=made.created_at)
    shown = render_webhook_endpoint(then, secret_of_version(then, 1))
    return StripeAnswer(shown, replayed=made.request_id != call.request_id, outcome="created")
