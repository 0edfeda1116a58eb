"""The `Events` table: every published event, for a month. A projection that can be rebuilt from the ledger."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zlib import compress, decompress

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.index_shards import index_shards
from paysandbox.aws.schema import EVENTS_BY_MERCHANT, EVENTS_KEY, TTL_ATTRIBUTE, shard_key, shard_of_text
from paysandbox.aws.trace_context import stored_trace, trace_in
from paysandbox.core.ids import payment_of
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.webhooks.events.flow_order import place_in_flow

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

_LATE_MS: Final = "late_ms"
"""The attribute with how much later than it happened an event was stored: a time would be 20 bytes more, and the event
of an authorization with an endpoint is just below 1 KB, which is one write unit."""
_MILLISECOND: Final = timedelta(milliseconds=1)


@record
class EventStore:
    """A DynamoDB client, the table's name, and the retention of an event in seconds."""

    client: "DynamoDBClient"
    table: str
    retention_s: int


@record(kw_only=True)
class StoredEvent:
    """An event as it was published. `body` is sent byte for byte; `at` is when it happened (UTC).

    An event that is not `listed` represents a listed event in another format. `planned` are the endpoints that it was
    fanned out to, by ID, each with its generation at that time. `of_platform` are those of them that are another
    merchant's: `platform`, whose connected account the event's merchant is. `trace` names the traces of the request
    that made the event's operation (`aws/trace_context.py`). Of these, the caller's is stored: later attempts are in it
    too.

    `api_version` is the version of Stripe's API in which the Stripe-compatible API shows the event: the account's
    default as it was published. `pinned` are the bodies for endpoints that named another version, by that version.

    `place` is the event's among those with the same sequence, from 0: a settlement has one for each capture and refund.

    `stored_at` is when it was stored, by the sandbox's clock, or None if an earlier version has stored it.
    `listed_as` is its sort key in the lists, once it is stored.
    """

    id: str
    merchant: str
    type: str
    at: datetime
    body: str
    listed: bool = True
    planned: Mapping[str, int] = field(default_factory=dict[str, int])
    of_platform: frozenset[str] = frozenset()
    platform: str | None = None
    trace: str | None = None
    api_version: str | None = None
    pinned: Mapping[str, str] = field(default_factory=dict[str, str])
    place: int = 0
    stored_at: datetime | None = None
    listed_as: str | None = None

    def is_in(self, version: str) -> bool:
        """Whether it has a body in a version of Stripe's API."""
        return version == self.api_version or version in self.pinned

    def body_for(self, api_version: str | None) -> str:
        """Return the body for an endpoint that named this version, or none: `body` if it was published without it."""
        return self.body if api_version is None else self.pinned.get(api_version, self.body)


def operation_of_event(event: StoredEvent) -> str | None:
    """Return the payment operation that an event is about, or None for an event about anything else."""
    operation = json.loads(event.body)["data"].get("transaction_id")
    return operation if isinstance(operation, str) and payment_of(operation) else None


def store_event(store: EventStore, event: StoredEvent) -> StoredEvent:
    """Store an event. Returns the stored one: this one, or the one that already exists."""
    try:
        store.client.put_item(
            TableName=store.table,
            Item=event_item(event, store.retention_s),
            ConditionExpression="attribute_not_exists(#0)",
            ExpressionAttributeNames={"#0": EVENTS_KEY},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        current = item_on_conflict(error) if is_condition_failure(error) else None
        if current is None:
            raise
        return event_from(current)
    return event


def get_event(store: EventStore, merchant: str, event_id: str) -> StoredEvent | None:
    """Return the merchant's event with this ID, or None."""
    response = store.client.get_item(TableName=store.table, Key=event_key(event_id), ConsistentRead=True)
    event = event_from(response["Item"]) if "Item" in response else None
    return event if event is not None and event.merchant == merchant else None


def get_events(store: EventStore, merchant: str, event_ids: Iterable[str]) -> dict[str, StoredEvent]:
    """Return the merchant's events with these IDs that exist, by ID."""
    found = [event_from(item) for item in items_by_id(store.client, store.table, EVENTS_KEY, event_ids).values()]
    return {event.id: event for event in found if event.merchant == merchant}


def event_key(event_id: str) -> Item:
    """Return the primary key of an event."""
    return {EVENTS_KEY: {"S": event_id}}


def event_item(event: StoredEvent, retention_s: int) -> Item:
    """Return the item of an event."""
    item: Item = {
        **event_key(event.id),
        "merchant": {"S": event.merchant},
        "type": {"S": event.type},
        "at": {"S": format_timestamp(event.at)},
        "body": {"S": event.body},
        TTL_ATTRIBUTE: {"N": str(int((event.at + timedelta(seconds=retention_s)).timestamp()))},
    }
    if event.planned:
        item["planned"] = {"M": {name: {"N": str(generation)} for name, generation in event.planned.items()}}
    if event.platform is not None and event.of_platform:
        item["platform"] = {"S": event.platform}
        item["of_platform"] = {"SS": sorted(event.of_platform)}
    if event.api_version is not None:
        item["api_version"] = {"S": event.api_version}
    if event.pinned:
        # They differ in a few fields, and uncompressed could be more than an item holds.
        item["pinned"] = {"B": compress(json.dumps(event.pinned).encode())}
    if (trace := stored_trace(None, trace_in(event.trace))) is not None:
        item["trace"] = {"S": trace}
    if event.place:
        item["place"] = {"N": str(event.place)}
    if event.stored_at is not None:
        item[_LATE_MS] = {"N": str((event.stored_at - event.at) // _MILLISECOND)}
    if event.listed:
        partition = shard_key(event.merchant, shard_of_text(event.id, index_shards().written))
        item[EVENTS_BY_MERCHANT.partition_key] = {"S": partition}
        item[EVENTS_BY_MERCHANT.sort_key] = {"S": listed_at(event)}
    return item


def listed_at(event: StoredEvent) -> str:
    """Return the sort key of the lists: the time, and of the events of one time their order (`flow_order`).

    Events of one place are in the order of their sequence, those of one write in that of their place in it. A hyphen
    sorts before an underscore, so the first event of a sequence, as most are, has no place in its key. It follows from
    what is published, so an event has the same key however often it is published. One that is stored has the key that
    it was stored with, which may be of another form: an earlier version had no place in the flow.
    """
    if event.listed_as is not None:
        return event.listed_as
    body = json.loads(event.body)
    place = f"_{event.place:04}" if event.place else ""
    return f"{format_timestamp(event.at)}#{place_in_flow(body):03}.{_sequence_in(body):010}{place}-{event.id}"


def flow_place_of(event: StoredEvent) -> int:
    """Return an event's place among those of the same time. Raises LookupError or TypeError."""
    return place_in_flow(json.loads(event.body))


def sequence_of(event: StoredEvent) -> int:
    """Return an event's position among those of its object (`EventEnvelope`). Raises LookupError or TypeError."""
    return _sequence_in(json.loads(event.body))


def _sequence_in(body: Mapping[str, Any]) -> int:
    sequence = body["sequence"]
    if not isinstance(sequence, int):
        raise TypeError("the sequence of an event is a number")
    return sequence


def event_from(item: Item) -> StoredEvent:
    """Return the event stored in an item."""
    at = parse_timestamp(item["at"]["S"])
    late = item.get(_LATE_MS)
    return StoredEvent(
        id=item[EVENTS_KEY]["S"],
        merchant=item["merchant"]["S"],
        type=item["type"]["S"],
        at=at,
        body=item["body"]["S"],
        listed=EVENTS_BY_MERCHANT.sort_key in item,
        listed_as=item[EVENTS_BY_MERCHANT.sort_key]["S"] if EVENTS_BY_MERCHANT.sort_key in item else None,
        stored_at=at + int(late["N"]) * _MILLISECOND if late else None,
        api_version=item["api_version"]["S"] if "api_version" in item else None,
        pinned=json.loads(decompress(item["pinned"]["B"])) if "pinned" in item else {},
        trace=item["trace"]["S"] if "trace" in item else None,
        place=int(item["place"]["N"]) if "place" in item else 0,
        planned={name: int(generation["N"]) for name, generation in item.get("planned", {"M": {}})["M"].items()},
        of_platform=frozenset(item["of_platform"]["SS"]) if "of_platform" in item else frozenset(),
        platform=item["platform"]["S"] if "platform" in item else None,
    )
