# pyright: standard
"""A field whose value only one object of a type may have. Each value is an object of its own, which names its owner.

It is stored in the transaction of its owner, so two objects that take the same value meet at it.
"""

from collections.abc import Callable
from typing import Final

from paysandbox.core.record import replace
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit.declaration import Draft, Stored, refused

_OWNER: Final = "owner"


def take_name(draft: Draft, field: str, *, transfer: bool, taken: str) -> Stored:
    """Return what is stored with an object for the value of a field: the one it gives up, and the one it takes.

    If another object has it, this one takes it with `transfer`, and it is refused otherwise, with the text `taken`.
    """

    def left_by(owner: StoredObject | None) -> Stored:
        if owner is None or not transfer:
            raise refused(taken.format(owner.id if owner else ""), field)
        return (draft.change(owner, {name: value for name, value in owner.attributes.items() if name != field}),)

    before, after = (stored.attributes.get(field) if stored else None for stored in (draft.before, draft.stored))
    return exchange_names(draft, field, before, after, left_by=left_by)


def exchange_names(
    draft: Draft, kind: str, before: str | None, after: str | None, *, left_by: Callable[[StoredObject | None], Stored]
) -> Stored:
    """Return what is stored with an object that gives up a name of a kind, and takes another one.

    If another object has that, `left_by` returns what is stored of it, or refuses.
    """
    if before == after:
        return ()
    stored: list[StoredObject] = []
    if before and (given_up := draft.read(kind, before)) and given_up.attributes[_OWNER] == draft.stored.id:
        stored.append(replace(given_up, deleted=True, version=given_up.version + 1))
    if after:
        current = draft.read(kind, after)
        # A repeated request finds that its object has it, which is then found in its place.
        if current and not current.deleted and current.attributes[_OWNER] != draft.stored.id:
            stored.extend(left_by(draft.read(draft.stored.object, current.attributes[_OWNER])))
        new = replace(draft.stored, object=kind, id=after, listed=False, version=1, changes=())
        name = replace(current, deleted=False, version=current.version + 1) if current else new
        stored.append(replace(name, attributes={_OWNER: draft.stored.id}))
    return tuple(stored)


def owner_of(name: StoredObject) -> str:
    """Return the ID of the object that has a name."""
    return name.attributes[_OWNER]
