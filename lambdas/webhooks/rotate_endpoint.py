"""POST /webhooks/endpoints/{endpoint_id}/rotate: give an endpoint a new secret."""

from datetime import datetime

from paysandbox.contract.webhook_answers import render_rotated
from paysandbox.domain import identity
from paysandbox.domain.endpoint import Endpoint
from paysandbox.routes.webhooks import ROTATE_ENDPOINT
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.idempotency import once
from paysandbox.runtime.request import Call
from paysandbox.runtime.webhook_secrets import secret_of_version
from paysandbox.runtime.webhook_tables import endpoints
from paysandbox.table.endpoint_writes import rotate_secret


@endpoint(ROTATE_ENDPOINT)
def handler(call: Call) -> Answer:
    """A claim, then one conditional update."""

    def rotate(rotation_id: str, _: datetime) -> tuple[Endpoint, str]:
        endpoint_id = call.path.get("endpoint_id", "")
        return rotate_secret(endpoints(), call.merchant, endpoint_id, rotation_id, call.now), rotation_id

    (rotated, rotation_id), replayed = once(call, identity.ROTATION, rotate)
    secret = secret_of_version(rotated, rotated.version_of(rotation_id))
    return Answer(render_rotated(rotated, rotation_id, secret, call.now), replayed, outcome="rotated")
