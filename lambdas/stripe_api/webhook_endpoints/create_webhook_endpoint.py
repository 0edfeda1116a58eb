"""POST /v1/webhook_endpoints: create an endpoint that receives events in Stripe's format."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.payments.limits import metadata_text
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.events.webhook_endpoint import (
    check_connect,
    check_metadata,
    check_version,
    known_types,
    render_webhook_endpoint,
)
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateWebhookEndpoint
from paysandbox.stripe_api.routes import CREATE_WEBHOOK_ENDPOINT
from paysandbox.stripe_api.sent_events import never_sent
from paysandbox.webhooks.endpoint import MAX_ENDPOINTS, Endpoint
from paysandbox.webhooks.endpoints.secrets import secret_of_version
from paysandbox.webhooks.endpoints.writes import add_endpoint
from paysandbox.webhooks.outbound.targets import allowed_url
from paysandbox.webhooks.tables import endpoints


@contextmanager
def _limit_in_stripes_words() -> Generator[None]:
    """Refuse an endpoint too many in the words that Lago compares (lago-api, RegisterWebhookService)."""
    try:
        yield
    except Refused as refused:
        if refused.code is not Code.ENDPOINT_LIMIT_REACHED or refused.possible["limit"] != MAX_ENDPOINTS:
            raise
        detail = f"You have reached the maximum of {MAX_ENDPOINTS} test webhook endpoints."
        raise replace(refused, detail=detail) from None


@stripe_endpoint(CREATE_WEBHOOK_ENDPOINT)
def handler(call: StripeCall[CreateWebhookEndpoint, None]) -> StripeAnswer:
    """An idempotency record, then one conditional update; a put before the first."""
    body = call.body
    check_connect(body.connect, call.platform)
    check_version(body.api_version)
    requested = Endpoint(
        id="",
        merchant=call.merchant,
        url=allowed_url(body.url),
        events=known_types(body.enabled_events),
        created_at=call.now,
        listens_since=call.now,
        request_id=call.request_id,
        description=body.description or None,
        stripe=True,
        metadata=check_metadata(metadata_text(body.metadata)) if body.metadata else None,
        api_version=body.api_version,
        connect=bool(body.connect),
    )

    def create(operation_id: str, _: datetime) -> Endpoint:
        with _limit_in_stripes_words():
            return add_endpoint(endpoints(), replace(requested, id=ids.endpoint_id(operation_id)))

    made, _ = run_idempotent(call, ids.ENDPOINT, create)
    # As requested, ignoring later changes: the same key and body always get the same answer.
    then = replace(requested, id=made.id, created_at=made.created_at, listens_since=made.created_at)
    shown = render_webhook_endpoint(then, secret_of_version(then, 1))
    return StripeAnswer(
        body=shown,
        replayed=made.request_id != call.request_id,
        first_request=made.request_id,
        outcome="created",
        headers=never_sent(then.events),
    )
