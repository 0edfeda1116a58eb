"""Queries of deliveries: by ID, in batches, and as lists with the newest event first."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from paysandbox.aws.cursor import cursor_of, position_of
from paysandbox.aws.dynamodb import sharded_index
from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.sharded_index import POSITION, ShardedIndex, newest, newest_entries
from paysandbox.aws.schema import DELIVERIES_BY_MERCHANT, DELIVERIES_KEY
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks.deliveries.deliveries import Deliveries, delivery_from, delivery_key, planned_delivery
from paysandbox.webhooks.delivery import Delivery, DeliveryStatus, is_failing
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.events.event_store import EventStore, StoredEvent, get_events, listed_at
from paysandbox.webhooks.events.lists import events_of

_READ_AT_ONCE: Final = 50
_ID_PART: Final = 16
"""Of a delivery's ID, enough to tell those of one event apart: a cursor has up to 250 characters."""
_POSITIONS: Final = re.compile(rf"(?:{POSITION.pattern})?\|(?:{POSITION.pattern})?\|[A-Za-z0-9_=-]{{0,64}}")
"""The form of a place in the list of deliveries."""

_Entry = tuple[str, str, str]
"""A sort key, its source, and the ID of a delivery or an event."""

# What an entry of the list is made from. Of the same time, events come after the index, in descending order.
_INDEX: Final = "index"
_PLAN: Final = "event"


@record(kw_only=True)
class DeliveryFilter:
    """Filter of a delivery list. None matches everything.

    `status` is the status as shown. `failing` matches only deliveries whose last attempt failed and is repeated.
    """

    endpoint_id: str | None = None
    event: StoredEvent | None = None
    status: DeliveryStatus | None = None
    failing: bool = False

    @property
    def event_id(self) -> str | None:
        """The ID of the event."""
        return self.event.id if self.event else None


def get_delivery(deliveries: Deliveries, merchant: str, delivery_id: str) -> Delivery | None:
    """Return the merchant's delivery with this ID, or None."""
    response = deliveries.client.get_item(
        TableName=deliveries.table, Key=delivery_key(delivery_id), ConsistentRead=True
    )
    delivery = delivery_from(response["Item"]) if "Item" in response else None
    return delivery if delivery is not None and delivery.merchant == merchant else None


def get_deliveries(deliveries: Deliveries, ids: Iterable[str]) -> dict[str, Delivery]:
    """Return the deliveries with these IDs that exist, by ID."""
    response = items_by_id(deliveries.client, deliveries.table, DELIVERIES_KEY, ids)
    return {delivery_id: delivery_from(item) for delivery_id, item in response.items()}


def statuses_of(deliveries: Deliveries, ids: Iterable[str]) -> dict[str, DeliveryStatus]:
    """Return the stored status of the deliveries with these IDs that have an item, by ID."""
    items = items_by_id(deliveries.client, deliveries.table, DELIVERIES_KEY, ids, only=("status",))
    return {delivery_id: DeliveryStatus(item["status"]["S"]) for delivery_id, item in items.items()}


def deliveries_of(deliveries: Deliveries, event: StoredEvent, *, limit: int) -> list[Delivery]:
    """Return an event's deliveries: up to `limit` of the index, and all that are planned, attempted or not."""
    at = format_timestamp(event.at)
    index = replace(_index(deliveries, event.merchant), since=f"{at}#", until=f"{at}#~")
    listed, _ = newest(index, limit=limit, cursor=None, wanted=lambda delivery: delivery.event_id == event.id)
    planned = {
        delivery.id: delivery for name in event.planned if (delivery := planned_delivery(event, name)) is not None
    }
    # The index may be late, so what it lacks is read by ID.
    attempted = get_deliveries(deliveries, planned.keys() - {delivery.id for delivery in listed})
    return list(({**planned, **attempted} | {delivery.id: delivery for delivery in listed}).values())


def list_deliveries(
    deliveries: Deliveries,
    events: EventStore,
    merchant: str,
    filters: DeliveryFilter,
    endpoints: Mapping[str, Endpoint],
    *,
    limit: int,
    cursor: str | None,
) -> tuple[list[Delivery], str | None]:
    """Return a page of a merchant's stored deliveries, newest event first, and the cursor of the next page.

    Entries of the index and events with their plans are merged by the event's time. As in `newest`, both together are
    read up to a bound, and only then can a page be short although there is a next one. Raises Refused(cursor_invalid)
    for a cursor that does not belong to this list and these filters.
    """
    tied_to = (
        "list_deliveries",
        merchant,
        filters.endpoint_id,
        filters.event_id,
        filters.status,
        "failing" if filters.failing else None,
    )
    place = _Place() if cursor is None else _Place(*position_of(cursor, tied_to, _POSITIONS).split("|"))
    index, planned = _index(deliveries, merchant), events_of(events, merchant, None, None)
    if filters.event is not None:
        at = format_timestamp(filters.event.at)
        index = replace(index, since=f"{at}#", until=f"{at}#~")
        planned = replace(planned, since=listed_at(filters.event), until=listed_at(filters.event))
    matches, shown, budget = _predicate(filters, endpoints), list[Delivery](), sharded_index.ReadBudget()
    while True:
        found, has_more = _merged(index, planned, place, min(sharded_index.EXAMINED_AT_ONCE, budget.left))
        for entry, of_entry, is_followed in _walked(deliveries, events, merchant, found, place):
            for number, delivery in enumerate(of_entry, start=1):
                if not matches(delivery):
                    continue
                shown.append(delivery)
                if len(shown) == limit:
                    has_left = number < len(of_entry)
                    place = place.after(entry, delivery.id if has_left else "")
                    return shown, cursor_of(str(place), tied_to) if has_left or is_followed or has_more else None
            place = place.after(entry)
        if not has_more:
            return shown, None
        if budget.is_spent(len(found)):
            return shown, cursor_of(str(place), tied_to)


def _walked(
    deliveries: Deliveries, events: EventStore, merchant: str, found: Sequence[_Entry], resumed: "_Place"
) -> Iterator[tuple[_Entry, list[Delivery], bool]]:
    """Yield each entry, those of its deliveries that were not listed by `resumed`, and whether another entry follows.

    Reads as the caller proceeds.
    """
    for start in range(0, len(found), _READ_AT_ONCE):
        chunk = found[start : start + _READ_AT_ONCE]
        of_entries = _read(deliveries, events, merchant, chunk)
        for number, (entry, of_entry) in enumerate(zip(chunk, of_entries, strict=True), start=start + 1):
            yield (
                entry,
                [delivery for delivery in of_entry if not resumed.has_passed(entry, delivery.id)],
                number < len(found),
            )


def _merged(
    index: ShardedIndex[Delivery], planned: ShardedIndex[StoredEvent], place: "_Place", bound: int
) -> tuple[list[_Entry], bool]:
    """Return the next entries of both sources, newest first, and whether there are more.

    Up to `bound` entries of each source are read. What is older than the first entry beyond is left to the next call.
    """
    resumed = place.event if place.delivery else None
    by_source: dict[str, list[tuple[str, str]]] = {
        _INDEX: newest_entries(index, before=place.index or None, limit=bound + 1),
        _PLAN: newest_entries(planned, before=place.event or None, first=resumed, limit=bound + 1),
    }
    found = [(position, source, of) for source, each in by_source.items() for position, of in each]
    beyond = [(each[bound][0], source, each[bound][1]) for source, each in by_source.items() if len(each) > bound]
    first_left = max(map(_by_time, beyond), default=None)
    found = [entry for entry in found if first_left is None or _by_time(entry) > first_left]
    return sorted(found, key=_by_time, reverse=True), bool(beyond)


@record
class _Place:
    """How far a list has come: in the index, among the events, and among the deliveries of the last event.

    Each is empty at the start. `delivery` is empty if all deliveries of the event have been listed.
    """

    index: str = ""
    event: str = ""
    delivery: str = ""

    def __str__(self) -> str:
        return f"{self.index}|{self.event}|{self.delivery}"

    def has_passed(self, entry: _Entry, delivery_id: str) -> bool:
        """Whether a delivery of an entry was listed by then. Those of an event are listed in descending order."""
        position, source, _ = entry
        return (
            source == _PLAN
            and bool(self.delivery)
            and position == self.event
            and delivery_id[:_ID_PART] >= self.delivery
        )

    def after(self, entry: _Entry, delivery: str = "") -> "_Place":
        """Return the place after an entry, or with `delivery` after that delivery of an event."""
        position, source, _ = entry
        return replace(self, index=position) if source == _INDEX else _Place(self.index, position, delivery[:_ID_PART])


def _by_time(entry: _Entry) -> tuple[str, str, str]:
    """Sort by the event's time, then by source, so that a place in one source says nothing of the other."""
    position, source, _ = entry
    return position.partition("#")[0], source, position


def _read(deliveries: Deliveries, events: EventStore, merchant: str, entries: Sequence[_Entry]) -> list[list[Delivery]]:
    """Return the stored deliveries of each entry: one of the index, or those of an event that no index has."""
    plans = get_events(events, merchant, [of for _, source, of in entries if source == _PLAN])
    planned = {
        event.id: [delivery.id for name in event.planned if (delivery := planned_delivery(event, name)) is not None]
        for event in plans.values()
    }
    ids = [of for _, source, of in entries if source == _INDEX]
    stored = get_deliveries(
        deliveries, [*ids, *(delivery_id for of_event in planned.values() for delivery_id in of_event)]
    )
    mine = {name: delivery for name, delivery in stored.items() if delivery.merchant == merchant}
    return [
        [mine[of] for of in [of] if of in mine]
        if source == _INDEX
        else [
            mine[delivery_id]
            for delivery_id in sorted(planned.get(of, ()), reverse=True)
            if delivery_id in mine and not mine[delivery_id].listed
        ]
        for _, source, of in entries
    ]


def _index(deliveries: Deliveries, merchant: str) -> ShardedIndex[Delivery]:
    return ShardedIndex(
        client=deliveries.client,
        table=deliveries.table,
        id_attribute=DELIVERIES_KEY,
        index=DELIVERIES_BY_MERCHANT,
        of=merchant,
        tied_to=(),
        read=delivery_from,
        mine=lambda delivery: delivery.merchant == merchant,
    )


def _predicate(filters: DeliveryFilter, endpoints: Mapping[str, Endpoint]) -> Callable[[Delivery], bool]:
    def matches(delivery: Delivery) -> bool:
        if filters.endpoint_id not in (None, delivery.endpoint_id) or filters.event_id not in (None, delivery.event_id):
            return False
        endpoint = endpoints.get(delivery.endpoint_id)
        if filters.failing:
            return is_failing(delivery, endpoint)
        return filters.status in (None, delivery.status_for(endpoint))

    return matches
