# pyright: standard
"""The event of a change of an object, from the object before and after a write.

It follows from one write, so reading the table's stream twice gives the same event. A write that changes nothing of
what is shown has none.
"""

from typing import Annotated, Any, Final

from pydantic import Field

from paysandbox.aws.events.topic import Message
from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.core.record import replace
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.http.event_envelope import rendered
from paysandbox.stripe_api.resource_kit.declaration import Happening, Resource
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resource_kit.stored_object import StoredObject, before_change, object_key

_UPDATED_AT: Final = "updated"


class StripeObjectData(Answer):
    """An object of the Stripe-compatible API right after a change."""

    type: Annotated[str, Field(description="What happened, as Stripe names it: `product.updated`.")]
    object: Annotated[dict[str, Any], Field(description="The object, in the newest version of Stripe's API.")]
    previous: Annotated[
        dict[str, Any] | None, Field(description="Of an update: what the changed fields were before it.")
    ] = None
    request_id: Annotated[str, Field(description="Id of the request that changed it.")]
    idempotency_key: Annotated[str | None, Field(description="The request's, if it had one.")] = None


def object_message(resource: Resource, before: StoredObject | None, after: StoredObject) -> Message | None:
    """Return the event of a write as a message for the topic, or None if the resource has no such event."""
    happening: Happening = "created" if before is None else "deleted" if after.deleted else "updated"
    if happening not in resource.events or (before is not None and before.deleted):
        return None
    shown, cause = _shown(resource, after), after.changed_by
    data: Body = {"type": f"{resource.object}.{happening}", "object": shown, "request_id": cause.request_id}
    if before is not None and happening == "updated":
        data["previous"] = before_change(_shown(resource, before), shown)
        if not data["previous"].keys() - {_UPDATED_AT}:
            return None
    if cause.idempotency_key is not None:
        data["idempotency_key"] = cause.idempotency_key
    kind = EventType.STRIPE_OBJECT_CHANGED
    event_id = ids.object_event_id(object_key(after.object, after.merchant, after.id), after.version)
    body = rendered(kind, data, event_id, after.updated_at, after.version)
    return Message(id=event_id, merchant=after.merchant, type=kind, body=body)


def _shown(resource: Resource, stored: StoredObject) -> Body:
    """Return an object as it is shown, a deleted one as it was at last."""
    return render(resource, replace(stored, deleted=False))
