# pyright: standard
"""Objects of a resource as Stripe shows them, with those that are expanded. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

from paysandbox.core.record import replace
from paysandbox.http.answer import Body
from paysandbox.stripe_api.objects.expand import Expansion, holders
from paysandbox.stripe_api.resource_kit.declaration import Resource, Resources
from paysandbox.stripe_api.resource_kit.stored_object import StoredObject
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
    body = {name: value for name, value in body.items() if name not in resource.lacks}
    body |= {
        field.name: stored.attributes.get(field.name, field.default)
        for field in resource.fields
        if field.shown and (field.name in stored.attributes or not field.optional)
    }
    body |= resource.derived(stored)
    for path in resource.includable:
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


def render_expanded(
    resources: Resources,
    kind: str,
    objects: Sequence[StoredObject],
    tree: Expansion,
    *,
    read_many: ReadMany,
    version: str = STRIPE_VERSION,
) -> list[Body]:
    """Render objects of a type with what is expanded in each, which is read together."""
    resource = resources[kind]
    tree = {**dict.fromkeys(included_lists(kind, version), _NOTHING), **tree}
    bodies = [render(resource, stored, version, tree) for stored in objects]
    for name in (name for name in tree if name in resource.included):
        included = resource.included[name]
        shown = {stored.id: stored for stored in objects if not stored.deleted}
        named = read_many(included.kind, [each for stored in shown.values() for each in included.ids(stored)])
        for body in (body for body in bodies if body["id"] in shown):
            body[name] = included.shown(shown[body["id"]], named)
        inside = [body[name] for body in bodies if name in body]
        expand_within(resources, inside, tree[name], included.expands, read_many=read_many, version=version)
    for path, other, within in _places(resource, tree):
        last = path.rpartition(".")[2]
        with_ids = [holder for body in bodies if (holder := _holder(body, path)) is not None]
        _expand(resources, other, with_ids, last, within, read_many=read_many, version=version)
    return bodies


def expand_within(
    resources: Resources,
    bodies: Sequence[Body],
    tree: Expansion,
    expands: Mapping[str, str],
    *,
    read_many: ReadMany,
    version: str,
) -> None:
    """Expand what belongs to no object of a resource: the IDs at these paths, each to Stripe's name of an object."""
    for path, kind in expands.items():
        *outer, last = path.split(".")
        within = _below(tree, (*outer, last))
        if within is not None:
            with_ids = [*holders(bodies, outer, last)]
            _expand(resources, kind, with_ids, last, within, read_many=read_many, version=version)


def _expand(
    resources: Resources,
    kind: str,
    with_ids: Sequence[Body],
    name: str,
    within: Expansion,
    *,
    read_many: ReadMany,
    version: str,
) -> None:
    """Replace the IDs that these have under a name by the objects, read together."""
    named = _read(resources[kind], [each[name] for each in with_ids], read_many)
    rendered = render_expanded(resources, kind, [*named.values()], within, read_many=read_many, version=version)
    by_id = {body["id"]: body for body in rendered}
    for each in with_ids:
        each[name] = by_id.get(each[name], each[name])


def _below(tree: Expansion, names: Sequence[str]) -> Expansion | None:
    """Return what is expanded at a path, or None if it is not expanded itself."""
    for name in names:
        if name not in tree:
            return None
        tree = tree[name]
    return tree


def _read(resource: Resource, ids: Collection[str], read_many: ReadMany) -> Mapping[str, StoredObject]:
    """Read objects of a resource, or the objects in which they are stored."""
    if resource.whole_within:
        return {name: replace(each, deleted=False) for name, each in read_many(resource.object, ids).items()}
    if resource.holder is None:
        return read_many(resource.object, ids)
    holder, wanted = resource.holder, set(ids)
    outer = {name for each in wanted if (name := holder.id_of(each)) is not None}
    objects = (each for stored in read_many(holder.object, outer).values() for each in holder.objects_in(stored))
    return {each.id: each for each in objects if each.id in wanted}


def _places(resource: Resource, tree: Expansion) -> Iterator[tuple[str, str, Expansion]]:
    """Yield what is to be expanded: its path, Stripe's name of the object, and what is expanded in that."""
    for name, within in tree.items():
        if name in resource.included:
            continue
        if name in resource.expandable:
            yield name, resource.expandable[name].expands or "", within
        for inner, below in within.items() if name not in resource.expandable else ():
            # What belongs to a payment is expanded by who reads payments.
            if f"{name}.{inner}" in resource.expands_within:
                yield f"{name}.{inner}", resource.expands_within[f"{name}.{inner}"], below


def _holder(body: Body, path: str) -> Body | None:
    """Return the object that has the ID at a path, copied if it is not the whole one, or None if it has none."""
    *outer, last = path.split(".")
    for name in outer:
        body[name] = dict(body[name])
        body = body[name]
    return body if body.get(last) else None
