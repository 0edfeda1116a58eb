# pyright: standard
"""What falls due on objects, which the sweep does once a minute, as their resources declare it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.schema import STRIPE_OBJECTS_DUE_SHARDS
from paysandbox.core.record import record
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit.declaration import Due, Resources
from paysandbox.stripe_api.resource_kit.objects_table import due_objects, get_by_key
from paysandbox.stripe_api.resource_kit.tables import objects_table

Advance = Callable[[StoredObject, datetime], bool]


@record(kw_only=True)
class ObjectsDone:
    """The number of objects on which something was done, and whether there may be more."""

    objects: int = 0
    more: bool = False


def do_what_is_due(resources: Resources, time_left: Callable[[], bool]) -> ObjectsDone:
    """Do what is due on objects, page by page from all shards, while there is time."""
    now, table, done, when_due = runtime.now(), objects_table(), 0, _when_due(resources)
    for shard in range(STRIPE_OBJECTS_DUE_SHARDS):
        page = None
        while True:
            if not time_left():
                return _report(ObjectsDone(objects=done, more=True))
            due = due_objects(table, shard, now, page)
            for key in due.ids:
                stored = get_by_key(table, key)
                done += stored is not None and load_due(when_due[stored.object])(stored, now)
            page = due.next_page
            if page is None:
                break
    return _report(ObjectsDone(objects=done))


def load_due(due: Due) -> Advance:
    """Import the module of what is done once an object is due, and return the function."""
    return getattr(import_module(due.module), due.name)


def _when_due(resources: Resources) -> Mapping[str, Due]:
    return {name: each.rules.time.due for name, each in resources.items() if each.rules.time.due is not None}


def _report(done: ObjectsDone) -> ObjectsDone:
    if done.objects:
        telemetry.swept("objects due", {"objects": done.objects, "more": done.more})
    return done
