# pyright: standard
"""Objects of a resource as Stripe shows them, with what they include if it is expanded. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from paysandbox.http.answer import Body
from paysandbox.stripe_api.objects.expand import Expansion
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit.declaration import Resource
from paysandbox.stripe_api.version import STRIPE_VERSION
from paysandbox.stripe_api.version_rows import in_version, included_lists

ReadMany = Callable[[str, Collection[str]], Mapping[str, StoredObject]]
"""Reads those of a merchant's objects of a type that exist, by ID."""

_NOTHING: Final[Expansion] = {}


def render(resource: Resource, stored: StoredObject, version: str = STRIPE_VERSION, tree: Expansion = _NOTHING) -> Body:
    """Render an object in a version of Stripe's API, with what is includable of the tree.

    A deleted one is only its ID, and `deleted`.
    """
    body: Body = {"id": stored.id, "object": resource.object}
    if stored.deleted:
        return body | {"deleted": True}
    body |= {"created": int(stored.created_at.timestamp()), "livemode": False}
    body = {name: value for name, value in body.items() if name not in resource.shown.lacks}
    body |= {
        field.name: stored.attributes.get(field.name, field.default)
        for field in resource.fields
        if field.shown and (field.name in stored.attributes or not field.optional)
    }
    body |= resource.shown.derived(stored)
    for path in resource.shown.includable:
        _leave_out(body, path.split("."), tree)
    return in_version(resource.object, body, version)


def _leave_out(body: Body, names: Sequence[str], tree: Expansion) -> None:
    """Leave out what a path leads to, if that is not expanded. An object on the way is copied."""
    first, *below = names
    if not below:
        if first not in tree:
            body.pop(first, None)
    elif body[first] is not None:
        body[first] = dict(body[first])
        _leave_out(body[first], below, tree.get(first, _NOTHING))


def render_all(
    resource: Resource,
    objects: Sequence[StoredObject],
    tree: Expansion,
    *,
    read_many: ReadMany,
    version: str = STRIPE_VERSION,
) -> list[Body]:
    """Render objects of a resource with what is included of the tree, which is read together. Others stay IDs."""
    tree = {**dict.fromkeys(included_lists(resource.object, version), _NOTHING), **tree}
    bodies = [render(resource, stored, version, tree) for stored in objects]
    shown = {stored.id: stored for stored in objects if not stored.deleted}
    for name in (name for name in tree if name in resource.shown.included):
        included = resource.shown.included[name]
        named = read_many(included.kind, [each for stored in shown.values() for each in included.ids(stored)])
        for body in (body for body in bodies if body["id"] in shown):
            stored = shown[body["id"]]
            body[name] = (
                included.shown_in(stored, named, version) if included.shown_in else included.shown(stored, named)
            )
    return bodies
