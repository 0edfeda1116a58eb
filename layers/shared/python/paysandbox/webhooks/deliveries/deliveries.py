"""The `Deliveries` table: one item per event and endpoint, with all its attempts.

The fan-out writes none: until the first attempt, the event's item says that the delivery is planned. The item is put
with the first attempt's outcome, or when the delivery is asked for by name (resend, replay, test event).

Lists are sorted by event time. The index of lists has what no listed event has planned: resends to other endpoints,
test events, events in another API's format, and deliveries of earlier versions (`lists.py`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.index_shards import written_shards
from paysandbox.aws.schema import (
    DELIVERIES_BY_MERCHANT,
    DELIVERIES_DUE,
    DELIVERIES_KEY,
    TTL_ATTRIBUTE,
    shard_key,
    shard_of_text,
)
from paysandbox.core import ids
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.webhooks.delivery import Attempt, Delivery, DeliveryStatus
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.events.event_store import StoredEvent

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

DUE: Final = "due"
"""Index partition prefix, before the shard, of deliveries that wait for their next attempt."""


@record
class Deliveries:
    """A DynamoDB client, the table's name, and the retention of a delivery in seconds after its event. Of `shards`, see
    `written_shards`."""

    client: "DynamoDBClient"
    table: str
    retention_s: int
    shards: int | None = None


def subscribers(event: StoredEvent, endpoints: Iterable[Endpoint], default: str) -> list[Endpoint]:
    """Return the endpoints that an event is sent to. `default` is the version of those that name none."""
    return [
        endpoint
        for endpoint in endpoints
        if endpoint.is_subscribed(event.type, event.at) and event.is_in(endpoint.api_version or default)
    ]


def delivery_of(event: StoredEvent, endpoint: Endpoint) -> Delivery:
    """Return the new delivery of an event to an endpoint. It is not stored."""
    return _new_delivery(event, endpoint.id, endpoint.generation, endpoint.merchant)


def planned_delivery(event: StoredEvent, endpoint_id: str) -> Delivery | None:
    """Return the delivery that the event's fan-out planned to an endpoint, as it is until its first attempt.

    The lists find it by its event, if that is in the lists of events: its item costs one write less.
    None if there was none in its plan: it was made by a resend, or by a version that stored each delivery.
    """
    generation = event.planned.get(endpoint_id)
    if generation is None:
        return None
    merchant = event.platform if event.platform and endpoint_id in event.of_platform else event.merchant
    return replace(_new_delivery(event, endpoint_id, generation, merchant), listed=not event.listed)


def put_delivery(deliveries: Deliveries, delivery: Delivery) -> Delivery:
    """Store a new delivery. Returns the stored one: this one, or the one that already exists."""
    try:
        deliveries.client.put_item(
            TableName=deliveries.table,
            Item=delivery_item(delivery, deliveries.retention_s, deliveries.shards),
            ConditionExpression="attribute_not_exists(#0)",
            ExpressionAttributeNames={"#0": DELIVERIES_KEY},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        current = item_on_conflict(error) if is_condition_failure(error) else None
        if current is None:
            raise
        return delivery_from(current)
    return replace(delivery, stored=True)


def delivery_key(delivery_id: str) -> Item:
    """Return the primary key of a delivery."""
    return {DELIVERIES_KEY: {"S": delivery_id}}


def delivery_item(delivery: Delivery, retention_s: int, shards: int | None = None) -> Item:
    """Return the item of a delivery. Of `shards`, see `written_shards`."""
    shard = shard_of_text(delivery.id, written_shards(shards))
    item: Item = {
        **delivery_key(delivery.id),
        "merchant": {"S": delivery.merchant},
        "endpoint_id": {"S": delivery.endpoint_id},
        "event_id": {"S": delivery.event_id},
        "event_type": {"S": delivery.event_type},
        "event_at": {"S": format_timestamp(delivery.event_at)},
        "generation": {"N": str(delivery.generation)},
        "status": {"S": str(delivery.status)},
        "attempts": {"L": [attempt_entry(attempt) for attempt in delivery.attempts]},
        "tries": {"N": str(delivery.tries)},
        DELIVERIES_DUE.partition_key: {"S": shard_key(DUE, shard)},
        TTL_ATTRIBUTE: {"N": str(int((delivery.event_at + timedelta(seconds=retention_s)).timestamp()))},
    }
    if delivery.listed:
        item[DELIVERIES_BY_MERCHANT.partition_key] = {"S": shard_key(delivery.merchant, shard)}
        item[DELIVERIES_BY_MERCHANT.sort_key] = {"S": f"{format_timestamp(delivery.event_at)}#{delivery.id}"}
    if delivery.due_at is not None:
        item[DELIVERIES_DUE.sort_key] = {"S": format_timestamp(delivery.due_at)}
    if delivery.resends:
        item["resends"] = {"SS": sorted(delivery.resends)}
    return item


def delivery_from(item: Item) -> Delivery:
    """Return the delivery stored in an item."""
    return Delivery(
        id=item[DELIVERIES_KEY]["S"],
        merchant=item["merchant"]["S"],
        endpoint_id=item["endpoint_id"]["S"],
        event_id=item["event_id"]["S"],
        event_type=item["event_type"]["S"],
        event_at=parse_timestamp(item["event_at"]["S"]),
        generation=int(item["generation"]["N"]),
        status=DeliveryStatus(item["status"]["S"]),
        attempts=tuple(_attempt(entry["M"]) for entry in item["attempts"]["L"]),
        tries=int(item["tries"]["N"]),
        due_at=_instant(item, DELIVERIES_DUE.sort_key),
        resends=frozenset(item["resends"]["SS"]) if "resends" in item else frozenset(),
        listed=DELIVERIES_BY_MERCHANT.sort_key in item,
    )


def attempt_entry(attempt: Attempt) -> Item:
    """Return an attempt as an entry of `attempts`."""
    entry: Item = {
        "number": {"N": str(attempt.number)},
        "at": {"S": format_timestamp(attempt.at)},
        "latency_ms": {"N": str(attempt.latency_ms)},
        "request_headers": {"M": {name: {"S": value} for name, value in attempt.request_headers.items()}},
    }
    if attempt.status is not None:
        entry["status"] = {"N": str(attempt.status)}
    if attempt.error is not None:
        entry["error"] = {"S": attempt.error}
    if attempt.fault is not None:
        entry["fault"] = {"S": attempt.fault}
    if attempt.response:
        entry["response"] = {"S": attempt.response}
    return {"M": entry}


def _new_delivery(event: StoredEvent, endpoint_id: str, generation: int, merchant: str) -> Delivery:
    return Delivery(
        id=ids.delivery_id(event.id, endpoint_id),
        merchant=merchant,
        endpoint_id=endpoint_id,
        event_id=event.id,
        event_type=event.type,
        event_at=event.at,
        generation=generation,
        trace=event.trace,
        stored=False,
    )


def _attempt(entry: Mapping[str, Any]) -> Attempt:
    return Attempt(
        number=int(entry["number"]["N"]),
        at=parse_timestamp(entry["at"]["S"]),
        latency_ms=int(entry["latency_ms"]["N"]),
        request_headers={name: value["S"] for name, value in entry["request_headers"]["M"].items()},
        status=int(entry["status"]["N"]) if "status" in entry else None,
        error=entry["error"]["S"] if "error" in entry else None,
        response=entry["response"]["S"] if "response" in entry else "",
        fault=entry["fault"]["S"] if "fault" in entry else None,
    )


def _instant(item: Item, name: str) -> datetime | None:
    return parse_timestamp(item[name]["S"]) if name in item else None
