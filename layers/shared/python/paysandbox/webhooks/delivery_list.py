"""Queries of deliveries: by ID, in batches, and as lists with the newest event first."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from paysandbox.aws.batch_get import items_by_id
from paysandbox.aws.schema import DELIVERIES_BY_MERCHANT, DELIVERIES_KEY
from paysandbox.aws.sharded_index import ShardedIndex, newest
from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks.deliveries import Deliveries, delivery_from, delivery_key, planned_delivery
from paysandbox.webhooks.delivery import Delivery, DeliveryStatus
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.event_store import StoredEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Filter of a delivery list. None matches everything.

    An event filter needs the event's time too, because deliveries are listed by it. `status` is the status as shown.
    """

    endpoint_id: str | None = None
    event_id: str | None = None
    event_at: datetime | None = None
    status: DeliveryStatus | None = None


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


def deliveries_of(
    deliveries: Deliveries, event: StoredEvent, endpoints: Mapping[str, Endpoint], *, limit: int
) -> list[Delivery]:
    """Return an event's deliveries: up to `limit` stored ones, and those that are planned and not attempted yet."""
    filters = DeliveryFilter(event_id=event.id, event_at=event.at)
    listed, _ = list_deliveries(deliveries, event.merchant, filters, endpoints, limit=limit, cursor=None)
    planned = {one.id: one for name in event.planned if (one := planned_delivery(event, name)) is not None}
    # The index may be late, so what it lacks is read by ID.
    attempted = get_deliveries(deliveries, planned.keys() - {one.id for one in listed})
    return list(({**planned, **attempted} | {one.id: one for one in listed}).values())


def list_deliveries(
    deliveries: Deliveries,
    merchant: str,
    filters: DeliveryFilter,
    endpoints: Mapping[str, Endpoint],
    *,
    limit: int,
    cursor: str | None,
) -> tuple[list[Delivery], str | None]:
    """Return a page of a merchant's stored deliveries, newest event first, and the cursor of the next page.

    The event's time is looked up in the index. Endpoint and status are checked on a bounded number of deliveries, so a
    page may be short and still have a next page. Raises Refused(cursor_invalid) for a cursor that does not belong to
    this list and these filters.
    """
    at = format_timestamp(filters.event_at) if filters.event_at else None
    index = ShardedIndex(
        client=deliveries.client,
        table=deliveries.table,
        id_attribute=DELIVERIES_KEY,
        index=DELIVERIES_BY_MERCHANT,
        of=merchant,
        tied_to=("list_deliveries", merchant, filters.endpoint_id, filters.event_id, filters.status),
        read=delivery_from,
        id_of=lambda delivery: delivery.id,
        mine=lambda delivery: delivery.merchant == merchant,
        since=f"{at}#" if at else None,
        until=f"{at}#~" if at else None,
    )
    return newest(index, limit=limit, cursor=cursor, wanted=_predicate(filters, endpoints))


def _predicate(filters: DeliveryFilter, endpoints: Mapping[str, Endpoint]) -> Callable[[Delivery], bool] | None:
    if filters.endpoint_id is None and filters.event_id is None and filters.status is None:
        return None

    def matches(delivery: Delivery) -> bool:
        if filters.endpoint_id not in (None, delivery.endpoint_id) or filters.event_id not in (None, delivery.event_id):
            return False
        return filters.status in (None, delivery.status_for(endpoints.get(delivery.endpoint_id)))

    return matches
