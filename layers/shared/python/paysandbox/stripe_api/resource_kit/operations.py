# pyright: standard
"""What a resource's routes do: create, retrieve, update, list and delete an object as it is declared."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from paysandbox.core.errors import Contended
from paysandbox.core.record import replace
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.lists.page import Objects, page
from paysandbox.stripe_api.lists.parameters import around, span_of
from paysandbox.stripe_api.objects.render import check_expand, expand_of_list, render_list
from paysandbox.stripe_api.protocol import AnyStripeCall, StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Resource
from paysandbox.stripe_api.resource_kit.objects_table import (
    get_object,
    listed_at,
    objects_of,
    put_changed,
    put_new,
)
from paysandbox.stripe_api.resource_kit.parameters import attributes_after, filters_of
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resource_kit.stored_object import StoredObject, as_of, change_of, changed
from paysandbox.stripe_api.resource_kit.tables import objects_table

_TRIES: Final = 10
"""Of a write that meets others of the same object."""

Operate = Callable[[Resource, AnyStripeCall], StripeAnswer]


def create(resource: Resource, call: AnyStripeCall) -> StripeAnswer:
    """An idempotency record, then one conditional put."""
    check_expand(resource.object, call.body.expand, call.stripe_version)
    attributes = attributes_after(resource, {}, call.body)

    def put(operation_id: str, at: datetime) -> tuple[StoredObject, StoredObject]:
        new = StoredObject(
            object=resource.object,
            id=operation_id,
            merchant=call.merchant,
            attributes=attributes,
            created_at=at,
            updated_at=at,
            made_by=operation_id,
            request_id=call.request_id,
        )
        return new, put_new(objects_table(), new)

    (new, stored), replayed = run_idempotent(call, resource.prefix, put)
    # As requested, ignoring later changes: the same key and parameters always get the same answer.
    return StripeAnswer(
        body=render(resource, new, call.stripe_version),
        replayed=replayed,
        first_request=stored.request_id,
        outcome="created",
    )


def get(resource: Resource, call: AnyStripeCall) -> StripeAnswer:
    """One consistent read."""
    check_expand(resource.object, call.query.expand if call.query else (), call.stripe_version)
    return StripeAnswer(body=render(resource, _named(resource, call), call.stripe_version), outcome="shown")


def update(resource: Resource, call: AnyStripeCall) -> StripeAnswer:
    """A read, an idempotency record, and one conditional put of the object that was read."""
    check_expand(resource.object, call.body.expand, call.stripe_version)
    named = _named(resource, call)

    def change(operation_id: str, at: datetime) -> tuple[StoredObject, str]:
        current = named
        for _ in range(_TRIES):
            done = change_of(current, operation_id)
            if done is not None:
                return as_of(current, done), done.request_id
            if current.deleted:
                raise _unknown(resource, current.id)
            attributes = attributes_after(resource, current.attributes, call.body)
            current = put_changed(
                objects_table(),
                changed(current, attributes, operation_id=operation_id, request_id=call.request_id, at=at),
            )
        raise Contended

    (stored, request_id), replayed = run_idempotent(call, resource.prefix, change)
    return StripeAnswer(
        body=render(resource, stored, call.stripe_version),
        replayed=replayed and request_id != call.request_id,
        first_request=request_id,
        outcome="changed",
    )


def delete(resource: Resource, call: AnyStripeCall) -> StripeAnswer:
    """A read, and one conditional put of a tombstone. Deleting it again gives the same answer."""
    current = _named(resource, call)
    for _ in range(_TRIES):
        if current.deleted:
            return StripeAnswer(body=render(resource, current, call.stripe_version), outcome="deleted")
        tombstone = replace(current, deleted=True, updated_at=call.now, version=current.version + 1)
        current = put_changed(objects_table(), tombstone)
    raise Contended


def list_objects(resource: Resource, call: AnyStripeCall) -> StripeAnswer:
    """One query per shard of the index, then consistent reads."""
    query = call.query
    check_expand(resource.object, expand_of_list(query.expand), call.stripe_version)
    index = objects_of(objects_table(), resource.object, call.merchant, *span_of(query.created))
    filters = filters_of(resource, query)

    def shown(stored: StoredObject) -> Objects:
        body = render(resource, stored, call.stripe_version)
        return [(stored.id, body)] if not stored.deleted else []

    def position_of(name: str) -> str | None:
        stored = get_object(objects_table(), resource.object, call.merchant, name)
        return listed_at(stored) if stored else None

    def matching(objects: Objects) -> Objects:
        return [entry for entry in objects if all(entry[1][name] == value for name, value in filters.items())]

    data, more = page(
        index,
        shown,
        limit=query.limit,
        around=around(query, resource.noun, position_of),
        matching=matching,
    )
    return StripeAnswer(body=render_list(f"/v1{resource.path}", data, has_more=more), outcome="listed")


def _named(resource: Resource, call: AnyStripeCall) -> StoredObject:
    """Return the object that the path names, or its tombstone. Raises Refused(resource_not_found)."""
    name = call.path.get("id", "")
    stored = get_object(objects_table(), resource.object, call.merchant, name)
    if stored is None:
        raise _unknown(resource, name)
    return stored


def _unknown(resource: Resource, name: str) -> Exception:
    return no_such(resource.noun, name, "id")
