# pyright: standard
"""The events of a change of an object, from the object before and after a write.

They follow from one write, so reading the table's stream twice gives the same events. An update that changes nothing of
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
from paysandbox.stripe_api.objects.stored_object import StoredObject, before_change, object_key
from paysandbox.stripe_api.resource_kit.declaration import Resource, Resources
from paysandbox.stripe_api.resource_kit.rendering import render

_UPDATED_AT: Final = "updated"

_WITH_PREVIOUS: Final = ("updated", "detached")
"""Stripe's `previous_attributes`: an object that is detached had a customer before."""


class StripeObjectData(Answer):
    """An object of the Stripe-compatible API right after a change."""

    type: Annotated[str, Field(description="What happened, as Stripe names it: `product.updated`.")]
    object: Annotated[dict[str, Any], Field(description="The object, in the newest version of Stripe's API.")]
    previous: Annotated[
        dict[str, Any] | None, Field(description="Of an update: what the changed fields were before it.")
    ] = None
    earlier: Annotated[
        dict[str, Any] | None, Field(description="What it has besides in earlier versions, if anything.")
    ] = None
    request_id: Annotated[str, Field(description="Id of the request that changed it.")]
    idempotency_key: Annotated[str | None, Field(description="The request's, if it had one.")] = None


def object_messages(resource: Resource, before: StoredObject | None, after: StoredObject) -> list[Message]:
    """Return the events of a write that the resource has, as messages for the topic."""
    if before is not None and before.deleted:
        return []
    shown, cause = _shown(resource, after), after.changed_by
    messages: list[Message] = []
    for event in resource.events.of(before, after):
        if event not in resource.events.ends:
            continue
        data: Body = {"type": resource.event_type(event), "object": shown, "request_id": cause.request_id}
        if before is not None and event in _WITH_PREVIOUS:
            data["previous"] = before_change(_shown(resource, before), shown)
            if not data["previous"].keys() - {_UPDATED_AT}:
                continue
        if earlier := resource.shown.earlier(after):
            data["earlier"] = earlier
        if cause.idempotency_key is not None:
            data["idempotency_key"] = cause.idempotency_key
        kind, of = EventType.STRIPE_OBJECT_CHANGED, (event,) if messages else ()
        if resource.shown.form_of is not None:
            of = (resource.event_type(event),)
        event_id = ids.object_event_id(object_key(after.object, after.merchant, after.id), after.version, *of)
        body = rendered(kind, data, event_id, after.updated_at, after.version)
        messages.append(Message(id=event_id, merchant=resource.events.to(after), type=kind, body=body))
    return messages


def written_messages(before: StoredObject | None, after: StoredObject, resources: Resources) -> list[Message]:
    """Return the events of a write: of the object, of its other forms, and of the objects that are stored in it."""
    forms = [each for each in resources.values() if (each.shown.form_of or each.object) == after.object]
    held = [
        each
        for each in resources.values()
        if each.events.ends and each.rules.holder and each.rules.holder.object == after.object
    ]
    return [
        *(message for each in forms for message in object_messages(each, before, after)),
        *(message for each in held for message in _messages_of_held(each, before, after)),
    ]


def _messages_of_held(resource: Resource, before: StoredObject | None, after: StoredObject) -> list[Message]:
    """Return the events of the objects of a resource that are stored in one that was written."""
    if resource.rules.holder is None or after.deleted:
        return []
    was = {each.id: each for each in resource.rules.holder.objects_in(before)} if before else {}
    now = {each.id: each for each in resource.rules.holder.objects_in(after)}
    at = {"version": after.version, "updated_at": after.updated_at, "changes": after.changes, "deleted": True}
    gone = [replace(each, **at) for name, each in was.items() if name not in now]
    return [message for each in (*now.values(), *gone) for message in object_messages(resource, was.get(each.id), each)]


def _shown(resource: Resource, stored: StoredObject) -> Body:
    """Return an object as it is shown, a deleted one as it was at last."""
    return render(resource, replace(stored, deleted=False))
