"""POST /webhooks/endpoints/{endpoint_id}/rotate: rotate an endpoint's signing secret."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.webhooks.answers import render_rotated
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints.secrets import secret_of_version
from paysandbox.webhooks.endpoints.writes import rotate_secret
from paysandbox.webhooks.routes import ROTATE_ENDPOINT
from paysandbox.webhooks.tables import endpoints


@endpoint(ROTATE_ENDPOINT)
def handler(call: Call[None, None]) -> Answer:
    """An idempotency record, then one conditional update."""

    def rotate(rotation_id: str, _: datetime) -> tuple[Endpoint, str]:
        endpoint_id = call.path.get("endpoint_id", "")
        return rotate_secret(endpoints(), call.merchant, endpoint_id, rotation_id, call.now), rotation_id

    (rotated, rotation_id), replayed = run_idempotent(call, ids.ROTATION, rotate)
    secret = secret_of_version(rotated, rotated.version_of(rotation_id))
    return Answer(render_rotated(rotated, rotation_id, secret, call.now), replayed, outcome="rotated")
