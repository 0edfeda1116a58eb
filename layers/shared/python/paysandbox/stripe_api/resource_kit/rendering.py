# pyright: standard
"""Objects of a resource as Stripe shows them, with those that are expanded. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from paysandbox.http.answer import Body
from paysandbox.stripe_api.objects.expand import Expansion
from paysandbox.stripe_api.resource_kit.declaration import Resource, Resources
from paysandbox.stripe_api.resource_kit.stored_object import StoredObject
from paysandbox.stripe_api.version import STRIPE_VERSION
from paysandbox.stripe_api.version_rows import in_version

ReadMany = Callable[[str, Collection[str]], Mapping[str, StoredObject]]
"""Reads those of a merchant's objects of a type that exist, by ID."""


def render(resource: Resource, stored: StoredObject, version: str = STRIPE_VERSION) -> Body:
    """Render an object in a version of Stripe's API. A deleted one is only its ID, and `deleted`."""
    body: Body = {"id": stored.id, "object": resource.object}
    if stored.deleted:
        return body | {"deleted": True}
    body |= {"created": int(stored.created_at.timestamp()), "livemode": False}
    body |= {
        field.name: stored.attributes.get(field.name, field.default)
        for field in resource.fields
        if field.shown and (field.name in stored.attributes or not field.optional)
    }
    return in_version(resource.object, body | dict(resource.derived(stored)), version)


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
    bodies = [render(resource, stored, version) for stored in objects]
    for name, within in tree.items():
        other = resource.expandable[name].expands or ""
        names: list[Any] = [body[name] for body in bodies if body.get(name)]
        named = read_many(other, names)
        rendered = render_expanded(resources, other, [*named.values()], within, read_many=read_many, version=version)
        by_id = {body["id"]: body for body in rendered}
        bodies = [{**body, name: by_id.get(str(body[name]), body[name])} if name in body else body for body in bodies]
    return bodies
