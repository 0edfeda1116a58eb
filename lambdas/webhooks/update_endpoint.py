"""PATCH /webhooks/endpoints/{endpoint_id}: update, disable or enable a webhook endpoint."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.webhooks.answers import render_endpoint
from paysandbox.webhooks.endpoint import EndpointChange
from paysandbox.webhooks.endpoints.writes import change_endpoint
from paysandbox.webhooks.outbound.targets import allowed_url
from paysandbox.webhooks.requests import UpdateEndpoint
from paysandbox.webhooks.routes import UPDATE_ENDPOINT
from paysandbox.webhooks.tables import endpoints


@endpoint(UPDATE_ENDPOINT)
def handler(call: Call[UpdateEndpoint, None]) -> Answer:
    """One conditional update; one more if the endpoint is enabled already, and one more if it has the URL already."""
    body = call.body
    change = EndpointChange(
        url=allowed_url(body.url) if body.url is not None else None,
        events=tuple(body.events) if body.events is not None else None,
        description=body.description,
        forgets_description=body.forgets_description,
        enabled=body.status == "enabled" if body.status is not None else None,
    )
    changed = change_endpoint(endpoints(), call.merchant, call.path.get("endpoint_id", ""), change, call.now)
    return Answer(render_endpoint(changed, call.now), outcome="changed")
