"""POST /webhooks/endpoints: create a webhook endpoint."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.webhooks.answers import render_endpoint
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints.secrets import secret_of_version
from paysandbox.webhooks.endpoints.writes import add_endpoint
from paysandbox.webhooks.outbound.targets import allowed_url
from paysandbox.webhooks.requests import CreateEndpoint
from paysandbox.webhooks.routes import CREATE_ENDPOINT
from paysandbox.webhooks.tables import endpoints


@endpoint(CREATE_ENDPOINT)
def handler(call: Call[CreateEndpoint, None]) -> Answer:
    """An idempotency record, then one conditional update, preceded by a put for the merchant's first endpoint."""
    body = call.body
    requested = Endpoint(
        id="",
        merchant=call.merchant,
        url=allowed_url(body.url),
        events=tuple(body.events),
        created_at=call.now,
        listens_since=call.now,
        request_id=call.request_id,
        description=body.description,
    )

    def create(operation_id: str, _: datetime) -> Endpoint:
        return add_endpoint(endpoints(), replace(requested, id=ids.endpoint_id(operation_id)))

    made, _ = run_idempotent(call, ids.ENDPOINT, create)
    # As requested, without later changes: the same idempotency key has the same body and gets the same response.
    then = replace(requested, id=made.id, created_at=made.created_at, listens_since=made.created_at)
    shown = render_endpoint(then, made.created_at) | {"secret": secret_of_version(then, 1)}
    return Answer(shown, replayed=made.request_id != call.request_id, outcome="created")
