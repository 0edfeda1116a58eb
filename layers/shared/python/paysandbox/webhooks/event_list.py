"""Lists of events: a merchant's, newest first to look at, oldest first to be sent again."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from paysandbox.aws.schema import EVENTS_BY_MERCHANT, EVENTS_KEY
from paysandbox.aws.sharded_index import ShardedIndex, newest, oldest
from paysandbox.core.ids import payment_of
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.webhooks.event_store import EventStore, StoredEvent, event_from


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events are wanted; what is None does not matter.

    `since` is included and `until` is not. `transaction_id` is any id of a payment: all events of that payment.
    """

    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    transaction_id: str | None = None


EVERY: Final = EventFilter()


def list_events(
    store: EventStore, merchant: str, wanted: EventFilter = EVERY, *, limit: int, cursor: str | None
) -> tuple[list[StoredEvent], str | None]:
    """A page of a merchant's events, newest first, and the cursor of the next page.

    Times are looked up in the index. Type and payment are held against a bounded number of events, so that such a page
    may be short and have a next one. Raises Refused(cursor_invalid) for a cursor that this list did not make under
    these filters.
    """
    return newest(_shelf(store, merchant, wanted), limit=limit, cursor=cursor, wanted=_held_against(wanted))


def events_of(
    store: EventStore, merchant: str, since: datetime | None, until: datetime | None
) -> ShardedIndex[StoredEvent]:
    """A merchant's events from `since` on and before `until`, as a list goes through them with no cursor of its own."""
    return _shelf(store, merchant, EventFilter(since=since, until=until))


def events_between(
    store: EventStore, merchant: str, since: datetime, until: datetime, *, limit: int
) -> tuple[list[StoredEvent], datetime | None]:
    """At most `limit` of a merchant's events of that span, oldest first, and where to go on (None: there is no more).

    Events of one instant stay together: those at which to go on are left out as a whole.
    """
    if until <= since:
        return [], None
    found, position = oldest(_shelf(store, merchant, EventFilter(since=since, until=until)), limit=limit)
    if position is None:
        return found, None
    go_on = parse_timestamp(position.partition("#")[0])
    return [event for event in found if event.at < go_on], go_on


def _shelf(store: EventStore, merchant: str, wanted: EventFilter) -> ShardedIndex[StoredEvent]:
    since = format_timestamp(wanted.since) if wanted.since else None
    until = format_timestamp(wanted.until) if wanted.until else None
    return ShardedIndex(
        client=store.client,
        table=store.table,
        id_attribute=EVENTS_KEY,
        index=EVENTS_BY_MERCHANT,
        of=merchant,
        tied_to=("list_events", merchant, wanted.type, since, until, wanted.transaction_id),
        read=event_from,
        id_of=lambda event: event.id,
        mine=lambda event: event.merchant == merchant,
        since=since,
        until=until,
    )


def _held_against(wanted: EventFilter) -> Callable[[StoredEvent], bool] | None:
    """What no index knows of a filter."""
    if wanted.type is None and wanted.transaction_id is None:
        return None
    payment_id = payment_of(wanted.transaction_id) if wanted.transaction_id else None

    def is_wanted(event: StoredEvent) -> bool:
        if wanted.type is not None and event.type != wanted.type:
            return False
        return wanted.transaction_id is None or (payment_id is not None and payment_id == _payment_of_event(event))

    return is_wanted


def _payment_of_event(event: StoredEvent) -> str | None:
    """The payment that an event tells of. None for one that tells of something else."""
    told = json.loads(event.body)["data"].get("transaction_id")
    return payment_of(told) if isinstance(told, str) else None
