"""Reads of deliveries: one, several by id, and lists of a merchant's, newest event first."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from paysandbox.aws.batch_get import items_by_id
from paysandbox.aws.schema import DELIVERIES_BY_ENDPOINT, DELIVERIES_BY_MERCHANT, DELIVERIES_KEY
from paysandbox.aws.sharded_index import ShardedIndex, newest
from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks.deliveries import Deliveries, delivery_from, delivery_key
from paysandbox.webhooks.delivery import Delivery, DeliveryStatus
from paysandbox.webhooks.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries are wanted; what is None does not matter.

    An event is named with its instant, by which its deliveries are listed. `status` is the one that is shown.
    """

    endpoint_id: str | None = None
    event_id: str | None = None
    event_at: datetime | None = None
    status: DeliveryStatus | None = None


def get_delivery(deliveries: Deliveries, merchant: str, delivery_id: str) -> Delivery | None:
    """A merchant's delivery of that id, or None."""
    found = deliveries.client.get_item(TableName=deliveries.table, Key=delivery_key(delivery_id), ConsistentRead=True)
    delivery = delivery_from(found["Item"]) if "Item" in found else None
    return delivery if delivery is not None and delivery.merchant == merchant else None


def get_deliveries(deliveries: Deliveries, ids: Iterable[str]) -> dict[str, Delivery]:
    """Those of these ids that there are, by id."""
    found = items_by_id(deliveries.client, deliveries.table, DELIVERIES_KEY, ids)
    return {delivery_id: delivery_from(item) for delivery_id, item in found.items()}


def list_deliveries(
    deliveries: Deliveries,
    merchant: str,
    wanted: DeliveryFilter,
    endpoints: Mapping[str, Endpoint],
    *,
    limit: int,
    cursor: str | None,
) -> tuple[list[Delivery], str | None]:
    """A page of a merchant's deliveries, the newest event's first, and the cursor of the next page.

    Endpoint and event are looked up in an index. The status follows from the endpoints too and is held against a
    bounded number of deliveries, so that such a page may be short and have a next one. Raises Refused(cursor_invalid)
    for a cursor that this list did not make under these filters.
    """
    at = format_timestamp(wanted.event_at) if wanted.event_at else None
    shelf = ShardedIndex(
        client=deliveries.client,
        table=deliveries.table,
        id_attribute=DELIVERIES_KEY,
        index=DELIVERIES_BY_ENDPOINT if wanted.endpoint_id else DELIVERIES_BY_MERCHANT,
        of=wanted.endpoint_id or merchant,
        tied_to=("list_deliveries", merchant, wanted.endpoint_id, wanted.event_id, wanted.status),
        read=delivery_from,
        id_of=lambda delivery: delivery.id,
        mine=lambda delivery: delivery.merchant == merchant,
        since=f"{at}#" if at else None,
        until=f"{at}#~" if at else None,
    )
    return newest(shelf, limit=limit, cursor=cursor, wanted=_held_against(wanted, endpoints))


def _held_against(wanted: DeliveryFilter, endpoints: Mapping[str, Endpoint]) -> Callable[[Delivery], bool] | None:
    if wanted.event_id is None and wanted.status is None:
        return None

    def is_wanted(delivery: Delivery) -> bool:
        if wanted.event_id is not None and delivery.event_id != wanted.event_id:
            return False
        return wanted.status in (None, delivery.status_for(endpoints.get(delivery.endpoint_id)))

    return is_wanted
