"""Stripe's event of a change of a declared resource's object, from our event of it. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.core.timestamps import parse_timestamp
from paysandbox.http.answer import Body
from paysandbox.stripe_api.events.previous_attributes import previous_attributes
from paysandbox.stripe_api.ids import stripe_event_id, stripe_request_id
from paysandbox.stripe_api.version_rows import in_version

_LETTER: Final = "x"
"""Ends the event's ID. Several events of one change have IDs of their own, so all types share it."""


def render_object_event(event: Mapping[str, Any], version: str) -> Body:
    """Render Stripe's event in a version of its API. `event` is the body of ours (`StripeObjectData`)."""
    changed = event["data"]
    shown = {**changed["object"], **changed.get("earlier", {})}
    kind = shown["object"]
    data: Body = {"object": in_version(kind, shown, version)}
    if "previous" in changed:
        before = in_version(kind, {**shown, **changed["previous"]}, version)
        data["previous_attributes"] = previous_attributes(before, data["object"])
    return {
        "id": stripe_event_id(event["id"], _LETTER),
        "object": "event",
        "api_version": version,
        "created": int(parse_timestamp(event["timestamp"]).timestamp()),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": stripe_request_id(changed["request_id"]), "idempotency_key": changed.get("idempotency_key")},
        "type": changed["type"],
    }
