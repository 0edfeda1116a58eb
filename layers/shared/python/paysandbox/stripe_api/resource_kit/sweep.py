# pyright: standard
"""What falls due on objects, which the sweep does once a minute, as their resources declare it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from heapq import heappop, heappush
from importlib import import_module

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.schema import STRIPE_OBJECTS_DUE_SHARDS
from paysandbox.core.record import record
from paysandbox.stripe_api.objects.stored_object import StoredObject, object_key
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
    again = False
    for shard in range(STRIPE_OBJECTS_DUE_SHARDS):
        page = None
        while True:
            if not time_left():
                return _report(ObjectsDone(objects=done, more=True))
            due = due_objects(table, shard, now, page)
            found = _Due(when_due, now)
            for key in due.ids:
                stored = get_by_key(table, key)
                if stored is not None:
                    done += found.do_or_keep(stored)
            more, is_done = found.do_in_order(time_left, until=None if due.next_page is None else found.last)
            done, again = done + more, again or more > 0
            if not is_done:
                return _report(ObjectsDone(objects=done, more=True))
            page = due.next_page
            if page is None:
                break
    # What was done by steps may have made payments, on which something falls due in its turn.
    return _report(ObjectsDone(objects=done, more=again))


class _Due:
    """The objects of a page on which something is due. Of those that take steps, the earliest is taken first."""

    def __init__(self, when_due: Mapping[str, Due], now: datetime) -> None:
        self._when_due, self._now = when_due, now
        self._waiting: list[tuple[datetime, str, StoredObject]] = []
        self.last: datetime | None = None

    def do_or_keep(self, stored: StoredObject) -> bool:
        """Do what is due on an object, unless it takes steps. Returns whether something was done."""
        due = self._when_due[stored.object]
        self.last = max(filter(None, (self.last, stored.due_at)), default=None)
        if due.by_steps:
            self._keep(stored)
            return False
        return load_due(due)(stored, self._now)

    def do_in_order(self, time_left: Callable[[], bool], until: datetime | None) -> tuple[int, bool]:
        """Take the steps that are due by now, and `until` if more objects follow, the earliest first.

        Returns how many were taken, and whether that was all.
        """
        done = 0
        while self._waiting:
            if not time_left():
                return done, False
            at, _, stored = heappop(self._waiting)
            if until is not None and at > until:
                continue  # the next page has what comes before it
            done += load_due(self._when_due[stored.object])(stored, self._now)
            after = get_by_key(objects_table(), object_key(stored.object, stored.merchant, stored.id))
            if after is not None and after.version != stored.version:
                self._keep(after)
        return done, True

    def _keep(self, stored: StoredObject) -> None:
        if stored.due_at is not None and stored.due_at <= self._now:
            heappush(self._waiting, (stored.due_at, stored.id, stored))


def load_due(due: Due) -> Advance:
    """Import the module of what is done once an object is due, and return the function."""
    return getattr(import_module(due.module), due.name)


def _when_due(resources: Resources) -> Mapping[str, Due]:
    return {name: each.rules.time.due for name, each in resources.items() if each.rules.time.due is not None}


def _report(done: ObjectsDone) -> ObjectsDone:
    if done.objects:
        telemetry.swept("objects due", {"objects": done.objects, "more": done.more})
    return done
