"""An object of a resource as it is stored, and its latest changes. Pure.

Each change stores what it replaced, so that the object as of an earlier one follows from the current object: the answer
to an earlier update can be given again. Changes are kept for longer than an idempotency key is bound.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Final

from paysandbox.core.idempotency_record import KEY_LIFETIME
from paysandbox.core.record import record, replace

Attributes = Mapping[str, Any]
"""What is stored of an object: its fields by name, as JSON has them. A field that has its default is left out."""

COLLECTED: Final = "collected"
"""Beside the fields of a Checkout session: what its payer has entered, or its customer had."""

IN_USE: Final = "in_use"
"""Beside the fields of an object that another one names: that it does."""

CHANGE_RETENTION: Final = 2 * KEY_LIFETIME

_BILLED: Final = ("invoice", "subscription")


@record(kw_only=True)
class Cause:
    """What writes objects: the ID of an operation, that of its request, the caller's idempotency key, and its time."""

    operation_id: str
    request_id: str
    idempotency_key: str | None = None
    at: datetime


@record(kw_only=True)
class StoredObject:
    """An object of a resource as it is stored. `attributes` are its fields, times are UTC.

    `version` counts the writes. `changes` are the latest, oldest first. A `deleted` object stays, as a tombstone. One
    that is not `listed` is only found by its ID. `used_by` is what used an object that can be used once. `purge_at`, in
    seconds, is when an object may be removed, which has no event; None for never. `due_at` is when something falls due
    on it; None for nothing. `ended`: its time is over, or it is deleted. That is not stored: it follows from the time,
    and of an earlier state from its change.
    """

    object: str
    id: str
    merchant: str
    attributes: Attributes = field(hash=False)
    created_by: Cause
    updated_at: datetime
    version: int = 1
    changes: "tuple[Change, ...]" = ()
    deleted: bool = False
    listed: bool = True
    used_by: str | None = None
    purge_at: int | None = None
    due_at: datetime | None = None
    ended: bool = False

    @property
    def created_at(self) -> datetime:
        """When it was created."""
        return self.created_by.at

    @property
    def changed_by(self) -> Cause:
        """What changed it last, or created it."""
        return self.changes[-1].cause if self.changes else self.created_by


Read = Callable[[str, str], StoredObject | None]
"""Reads one of the merchant's objects, by its type and its ID."""


@record(kw_only=True)
class Change:
    """An update or the deletion of an object: what caused it, and what the changed fields had `before`.

    A field that had its default is None there. `ended`: the object had ended by then.
    """

    cause: Cause
    before: Attributes = field(hash=False)
    ended: bool = False


def new_object(merchant: str, kind: str, object_id: str, attributes: Attributes, cause: Cause) -> StoredObject:
    """Return an object that an operation creates."""
    return StoredObject(
        object=kind, id=object_id, merchant=merchant, attributes=attributes, created_by=cause, updated_at=cause.at
    )


def changed(stored: StoredObject, attributes: Attributes, cause: Cause) -> StoredObject:
    """Return an object after an update that gives it these attributes."""
    at = max(cause.at, stored.updated_at)
    before = before_change(stored.attributes, attributes)
    change = Change(cause=replace(cause, at=at), before=before, ended=stored.ended)
    recent = tuple(earlier for earlier in stored.changes if earlier.cause.at > at - CHANGE_RETENTION)
    return replace(
        stored,
        attributes=attributes,
        updated_at=at,
        version=stored.version + 1,
        changes=(*recent, change),
    )


def deleted(stored: StoredObject, attributes: Attributes, cause: Cause) -> StoredObject:
    """Return the tombstone of an object, with these attributes at last."""
    return replace(changed(replace(stored, ended=True), attributes, cause), deleted=True)


def change_of(stored: StoredObject, operation_id: str) -> Change | None:
    """Return the change that an operation made, or None."""
    return next((change for change in stored.changes if change.cause.operation_id == operation_id), None)


def object_key(kind: str, merchant: str, object_id: str) -> str:
    """Return what an object is stored by. The type is first, so that a permission can be for one type."""
    return f"{kind}#{merchant}#{object_id}"


def email_of(attributes: Attributes) -> str | None:
    """Return the e-mail address that an object is found by: a customer's, a payer's, or that of billing details."""
    collected: Attributes = attributes.get(COLLECTED) or {}
    billing: Attributes = attributes.get("billing_details") or {}
    addresses: tuple[str | None, ...] = (
        attributes.get("email"),
        attributes.get("customer_email"),
        collected.get("email"),
        billing.get("email"),
    )
    return next(filter(None, addresses), None)


def customer_of(stored: StoredObject) -> str | None:
    """Return the customer by whom an object of billing is listed, and in whose order of time it falls due."""
    return stored.attributes.get("customer") if stored.object in _BILLED else None


def mark_in_use(stored: StoredObject) -> StoredObject:
    """Return an object that can no longer be deleted, because another one names it. It is no change of the object."""
    return touched(replace(stored, attributes={**stored.attributes, IN_USE: True}))


def touched(stored: StoredObject) -> StoredObject:
    """Return an object unchanged in its next version: whoever writes it at the same time has to read it again."""
    return replace(stored, version=stored.version + 1)


def as_created(stored: StoredObject) -> StoredObject:
    """Return an object as it was created, while none of its changes is forgotten."""
    first = _before(stored, stored.changes)
    return replace(first, updated_at=stored.created_at, deleted=False, used_by=None, ended=False)


def as_of(stored: StoredObject, change: Change) -> StoredObject:
    """Return an object as it was after one of its changes."""
    later = stored.changes[stored.changes.index(change) + 1 :]
    return replace(_before(stored, later), updated_at=change.cause.at, deleted=False, ended=change.ended)


def _before(stored: StoredObject, later: "tuple[Change, ...]") -> StoredObject:
    attributes = stored.attributes
    for each in reversed(later):
        attributes = without_defaults({**attributes, **each.before})
    return replace(stored, attributes=attributes)


def before_change(earlier: Attributes, later: Attributes) -> Attributes:
    """Return what the fields that differ had earlier: None for the default."""
    names = sorted({*earlier, *later})
    return {name: earlier.get(name) for name in names if earlier.get(name) != later.get(name)}


def without_defaults(attributes: Attributes) -> Attributes:
    """Return attributes without those that are None."""
    return {name: value for name, value in attributes.items() if value is not None}
