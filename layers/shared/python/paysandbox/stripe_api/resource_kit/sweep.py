# pyright: standard
"""What falls due on objects, which the sweep does once a minute, as their resources declare it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from heapq import heappop, heappush
from importlib import import_module
from typing import Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.schema import STRIPE_OBJECTS_DUE_SHARDS
from paysandbox.aws.threads import run_on_each
from paysandbox.core.record import record
from paysandbox.stripe_api.objects.stored_object import StoredObject, object_key
from paysandbox.stripe_api.resource_kit.declaration import Due, Resources
from paysandbox.stripe_api.resource_kit.objects_table import due_objects, get_by_key
from paysandbox.stripe_api.resource_kit.tables import objects_table

_CUSTOMERS_AT_ONCE: Final = 8

Advance = Callable[[StoredObject, datetime], bool]


@record(kw_only=True)
class ObjectsDone:
    """The number of objects on which something was done, and whether there may be more."""

    objects: int = 0
    more: bool = False


def do_what_is_due(resources: Resources, time_left: Callable[[], bool]) -> ObjectsDone:
    """Do what is due on objects, page by page from all shards, while there is time.

    What fails on one object, or on those of one customer, stops nothing else: the first failure is raised at the end.
    """
    now, table, done, when_due = runtime.now(), objects_table(), 0, _when_due(resources)
    again, failures = False, list[Exception]()
    for shard in range(STRIPE_OBJECTS_DUE_SHARDS):
        page = None
        while True:
            if not time_left():
                return _report(ObjectsDone(objects=done, more=True))
            due = due_objects(table, shard, now, page)
            found = _Due(when_due, now, failures)
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
    if failures:
        raise failures[0]
    # What was done by steps may have made payments, on which something falls due in its turn.
    return _report(ObjectsDone(objects=done, more=again))


class _Due:
    """The objects of a page on which something is due. Of those that take steps, the earliest is taken first."""

    def __init__(self, when_due: Mapping[str, Due], now: datetime, failures: list[Exception]) -> None:
        self._when_due, self._now, self._failures = when_due, now, failures
        self._waiting: dict[tuple[str, str], _Steps] = {}
        self.last: datetime | None = None

    def do_or_keep(self, stored: StoredObject) -> bool:
        """Do what is due on an object, unless it takes steps. Returns whether something was done."""
        due = self._when_due[stored.object]
        self.last = max(filter(None, (self.last, stored.due_at)), default=None)
        if due.by_steps:
            self._keep(stored, self._waiting.setdefault(_owner(stored), []))
            return False
        return bool(self._do(stored))

    def do_in_order(self, time_left: Callable[[], bool], until: datetime | None) -> tuple[int, bool]:
        """Take the steps that are due by now, and `until` if more objects follow: of a customer, the earliest first.

        Customers are worked off beside each other, since nothing of one depends on another. Returns how many steps
        were taken, and whether that was all.
        """
        work = partial(self._do_of_one, time_left, until)
        waiting, self._waiting = [*self._waiting.values()], {}
        # One customer needs no thread.
        done = [work(waiting[0])] if len(waiting) == 1 else run_on_each(work, waiting, at_once=_CUSTOMERS_AT_ONCE)
        return sum(taken for taken, _ in done), all(is_done for _, is_done in done)

    def _do_of_one(self, time_left: Callable[[], bool], until: datetime | None, waiting: "_Steps") -> tuple[int, bool]:
        done = 0
        while waiting:
            if not time_left():
                return done, False
            at, _, stored = heappop(waiting)
            if until is not None and at > until:
                continue  # the next page has what comes before it
            is_done = self._do(stored)
            if is_done is None:
                break
            done += is_done
            after = get_by_key(objects_table(), object_key(stored.object, stored.merchant, stored.id))
            if after is not None and after.version != stored.version:
                self._keep(after, waiting)
        return done, True

    def _do(self, stored: StoredObject) -> bool | None:
        """Do what is due on an object. Returns whether something was done, or None if that failed."""
        try:
            return load_due(self._when_due[stored.object])(stored, self._now)
        except Exception as error:  # noqa: BLE001 - it is raised when everything else is done
            self._failures.append(error)
            return None

    def _keep(self, stored: StoredObject, waiting: "_Steps") -> None:
        if stored.due_at is not None and stored.due_at <= self._now:
            heappush(waiting, (stored.due_at, stored.id, stored))


_Steps = list[tuple[datetime, str, StoredObject]]
"""A heap of objects of one customer, by the time at which each takes its next step."""


def _owner(stored: StoredObject) -> tuple[str, str]:
    """Return whose steps are taken in one order: a customer's, whose invoices have one row of numbers."""
    return stored.merchant, stored.attributes.get("customer") or stored.id


def load_due(due: Due) -> Advance:
    """Import the module of what is done once an object is due, and return the function."""
    return getattr(import_module(due.module), due.name)


def _when_due(resources: Resources) -> Mapping[str, Due]:
    return {name: each.rules.time.due for name, each in resources.items() if each.rules.time.due is not None}


def _report(done: ObjectsDone) -> ObjectsDone:
    if done.objects:
        telemetry.swept("objects due", {"objects": done.objects, "more": done.more})
    return done
