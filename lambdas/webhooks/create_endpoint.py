"""POST /webhooks/endpoints: have events sent to a URL."""

from dataclasses import replace
from datetime import datetime

from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.webhooks.answers import render_endpoint
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoint_writes import add_endpoint
from paysandbox.webhooks.requests import CreateEndpoint
from paysandbox.webhooks.routes import CREATE_ENDPOINT
from paysandbox.webhooks.secrets import secret_of_version
from paysandbox.webhooks.tables import endpoints
from paysandbox.webhooks.targets import allowed_url


@endpoint(CREATE_ENDPOINT)
def handler(call: Call[CreateEndpoint, None]) -> Answer:
    """A claim, then one conditional update; a put before the first."""
    body = call.body
    asked = Endpoint(
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
        return add_endpoint(endpoints(), replace(asked, id=ids.endpoint_id(operation_id)))

    made, _ = run_idempotent(call, ids.ENDPOINT, create)
    # As it was asked for, whatever was changed since: under the same key is the same body, and the answer the same.
    then = replace(asked, id=made.id, created_at=made.created_at, listens_since=made.created_at)
    shown = render_endpoint(then, made.created_at) | {"secret": secret_of_version(then, 1)}
    return Answer(shown, replayed=made.request_id != call.request_id, outcome="created")
