"""Lists of a merchant's events: in either order for display, oldest first for replay."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Final

from paysandbox.aws.dynamodb.sharded_index import ListPage, ShardedIndex, index_page, oldest
from paysandbox.aws.schema import EVENTS_BY_MERCHANT, EVENTS_KEY
from paysandbox.core.ids import payment_of
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.webhooks.events.event_store import EventStore, StoredEvent, event_from


@record(kw_only=True)
class EventFilter:
    """Filter of an event list. None matches everything.

    `since` is inclusive, `until` is exclusive. `transaction_id` is any ID of a payment and matches all events of that
    payment.
    """

    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    transaction_id: str | None = None
    oldest_first: bool = False


EVERY: Final = EventFilter()


def list_events(
    store: EventStore, merchant: str, filters: EventFilter = EVERY, *, limit: int, cursor: str | None
) -> ListPage[StoredEvent]:
    """Return a page of a merchant's events, newest first, or `oldest_first`.

    Times are looked up in the index. Type and payment are compared with the events, up to the bound of
    `index_page`. Raises Refused(cursor_invalid) for a cursor that does not belong to this list and these filters.
    """
    return index_page(_index(store, merchant, filters), limit=limit, cursor=cursor, wanted=_predicate(filters))


def events_of(
    store: EventStore, merchant: str, since: datetime | None, until: datetime | None
) -> ShardedIndex[StoredEvent]:
    """Return an index of a merchant's events from `since` (inclusive) to `until` (exclusive), for other lists."""
    return _index(store, merchant, EventFilter(since=since, until=until))


def events_between(
    store: EventStore, merchant: str, since: datetime, until: datetime, *, limit: int
) -> tuple[list[StoredEvent], datetime | None]:
    """Return up to `limit` events of this period, oldest first, and the time to continue from (None: no more events).

    Events with the same timestamp stay together: those at the time to continue from are left out entirely.
    """
    if until <= since:
        return [], None
    events, position = oldest(_index(store, merchant, EventFilter(since=since, until=until)), limit=limit)
    if position is None:
        return events, None
    next_since = parse_timestamp(position.partition("#")[0])
    return [event for event in events if event.at < next_since], next_since


def _index(store: EventStore, merchant: str, filters: EventFilter) -> ShardedIndex[StoredEvent]:
    since = format_timestamp(filters.since) if filters.since else None
    until = format_timestamp(filters.until) if filters.until else None
    return ShardedIndex(
        client=store.client,
        table=store.table,
        id_attribute=EVENTS_KEY,
        index=EVENTS_BY_MERCHANT,
        of=merchant,
        tied_to=("list_events", merchant, filters.type, since, until, filters.transaction_id),
        read=event_from,
        mine=lambda event: event.merchant == merchant,
        since=since,
        until=until,
        oldest_first=filters.oldest_first,
    )


def _predicate(filters: EventFilter) -> Callable[[StoredEvent], bool] | None:
    """Return the part of the filter that no index covers."""
    if filters.type is None and filters.transaction_id is None:
        return None
    payment_id = payment_of(filters.transaction_id) if filters.transaction_id else None

    def matches(event: StoredEvent) -> bool:
        if filters.type is not None and event.type != filters.type:
            return False
        return filters.transaction_id is None or (payment_id is not None and payment_id == _payment_of_event(event))

    return matches


def _payment_of_event(event: StoredEvent) -> str | None:
    """Return the payment that an event is about, or None if it is not about a payment."""
    transaction_id = json.loads(event.body)["data"].get("transaction_id")
    return payment_of(transaction_id) if isinstance(transaction_id, str) else None
