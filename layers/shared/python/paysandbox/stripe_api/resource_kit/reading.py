# pyright: standard
"""Objects of a merchant as of a time: as they are stored, and as time and what they follow change them."""

from collections.abc import Collection
from datetime import datetime

from paysandbox.core.record import record, replace
from paysandbox.stripe_api.objects.stored_object import Read, StoredObject
from paysandbox.stripe_api.resource_kit.declaration import Resource, Resources
from paysandbox.stripe_api.resource_kit.objects_table import get_object, get_objects
from paysandbox.stripe_api.resource_kit.tables import objects_table


@record
class Reader:
    """Reads objects of a merchant as of `now`. `resources` are all, by Stripe's name of their objects."""

    resources: Resources
    merchant: str
    now: datetime

    def read(self, kind: str, object_id: str) -> StoredObject | None:
        """Read one of the merchant's objects, or its tombstone."""
        stored = get_object(objects_table(), kind, self.merchant, object_id)
        return self.at_time(stored) if stored else None

    def read_many(self, kind: str, object_ids: Collection[str]) -> dict[str, StoredObject]:
        """Read those of the merchant's objects that exist, by ID."""
        found = get_objects(objects_table(), self.merchant, kind, object_ids)
        return {name: self.at_time(stored) for name, stored in found.items()}

    def read_named(self, resource: Resource, object_ids: Collection[str]) -> dict[str, StoredObject]:
        """Read those objects of a resource that exist, by ID, or the objects that hold them.

        A deleted one is a tombstone, unless its resource shows it whole within others.
        """
        if resource.rules.holder is None:
            found = self.read_many(resource.object, object_ids)
            whole = resource.shown.whole_within
            return {name: replace(each, deleted=False) if whole else each for name, each in found.items()}
        holder, wanted = resource.rules.holder, set(object_ids)
        outer = {name for each in wanted if (name := holder.id_of(each)) is not None}
        held = (each for stored in self.read_many(holder.object, outer).values() for each in holder.objects_in(stored))
        return {each.id: each for each in held if each.id in wanted}

    def at_time(self, stored: StoredObject, read: Read | None = None) -> StoredObject:
        """Return a stored object as time alone has changed it, and the one that it follows, which `read` reads.

        A unique name is of no resource.
        """
        resource = self.resources.get(stored.object)
        if resource is None:
            return stored
        stored, followed = resource.rules.time.changes(stored, self.now), resource.rules.follows
        if followed is None:
            return stored
        return followed.after(stored, (read or self.read)(followed.kind, followed.id_of(stored)))
