"""An object of a resource as Stripe shows it. Pure."""

from paysandbox.http.answer import Body
from paysandbox.stripe_api.resource_kit.declaration import Resource
from paysandbox.stripe_api.resource_kit.stored_object import StoredObject
from paysandbox.stripe_api.version import STRIPE_VERSION
from paysandbox.stripe_api.version_rows import in_version


def render(resource: Resource, stored: StoredObject, version: str = STRIPE_VERSION) -> Body:
    """Render an object in a version of Stripe's API. A deleted one is only its ID, and `deleted`."""
    body: Body = {"id": stored.id, "object": resource.object}
    if stored.deleted:
        return body | {"deleted": True}
    body |= {"created": int(stored.created_at.timestamp()), "livemode": False}
    body |= {field.name: stored.attributes.get(field.name, field.default) for field in resource.fields if field.shown}
    return in_version(resource.object, body | dict(resource.derived(stored)), version)
