"""The `StripeObjects` table: objects of declared resources. They never expire, unless they are made to.

The partition key is `<type>#<merchant>#<id>`, so that another merchant's object is never found. Each write of an object
is conditional on its version, and several are one transaction. An object is listed by its creation, in 16 shards; a
deleted one is not listed. One on which something falls due is also in an index by that time, in 4 shards. The table's
stream is the outbox of their events.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.batch_get_tables import AT_ONCE
from paysandbox.aws.dynamodb.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.dynamodb.due_index import DueIndex, DuePage, due_page
from paysandbox.aws.dynamodb.sharded_index import ShardedIndex
from paysandbox.aws.index_shards import index_shards
from paysandbox.aws.schema import (
    STRIPE_OBJECTS_BY_EMAIL,
    STRIPE_OBJECTS_BY_MERCHANT,
    STRIPE_OBJECTS_DUE,
    STRIPE_OBJECTS_DUE_SHARDS,
    STRIPE_OBJECTS_KEY,
    TTL_ATTRIBUTE,
    shard_key,
)
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.stripe_api.objects.stored_object import (
    Cause,
    Change,
    StoredObject,
    customer_of,
    email_of,
    object_key,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

DUE: Final = "due"
"""Index partition of all objects on which something falls due, without the shard."""

MAX_ITEM_BYTES: Final = 350 * 1024
"""Of an object with the changes of its last days. DynamoDB takes 400 KB."""

MAX_OBJECT_BYTES: Final = 100 * 1024
"""Of an object's own fields. An event has it twice, before and after, and SNS takes 256 KB."""

Item = dict[str, Any]

_DUE_AT: Final = STRIPE_OBJECTS_DUE.sort_key


@record
class ObjectsTable:
    """A DynamoDB client, and the table's name."""

    client: "DynamoDBClient"
    table: str


def get_object(table: ObjectsTable, kind: str, merchant: str, object_id: str) -> StoredObject | None:
    """Return an object as of now, or None if this merchant has no such one. A deleted one is a tombstone."""
    return get_by_key(table, object_key(kind, merchant, object_id))


def get_objects(table: ObjectsTable, merchant: str, kind: str, ids: Collection[str]) -> dict[str, StoredObject]:
    """Return those of a merchant's objects that exist, by ID, with their tombstones."""
    keys = [object_key(kind, merchant, object_id) for object_id in sorted(set(ids))]
    items = items_by_id(table.client, table.table, STRIPE_OBJECTS_KEY, keys).values() if keys else ()
    return {stored.id: stored for stored in map(object_in, items)}


def put_objects(table: ObjectsTable, objects: Sequence[StoredObject]) -> StoredObject | None:
    """Store objects, each in place of its previous version, or new if it is its first. All of them, or none.

    Returns the first if they are stored, otherwise the one that is stored in its place. None if only another one was
    written meanwhile, or a transaction was in the way: whoever calls this reads the objects again and decides anew.

    Raises Refused(too_many_changes) if an object is too large with its latest changes.
    """
    puts = [_put(table, stored) for stored in objects]
    try:
        if len(puts) == 1:
            table.client.put_item(**puts[0])
        else:
            # botocore makes a token of each call, so its retries have the token and the bytes of the first attempt.
            # A token of our own, of what two requests have in common, could come with other bytes, which DynamoDB
            # refuses for ten minutes (IdempotentParameterMismatchException).
            table.client.transact_write_items(TransactItems=[{"Put": put} for put in puts])
    except ClientError as error:
        if _is_canceled(error):
            reasons: Any = error.response.get("CancellationReasons")
            return object_in(reasons[0]["Item"]) if "Item" in reasons[0] else None
        current = item_on_conflict(error) if is_condition_failure(error) else None
        if current is None:
            raise
        return object_in(current)
    return objects[0]


def put_part(table: ObjectsTable, stored: StoredObject) -> Item:
    """Return the part of a transaction that stores an object as `put_objects` does, with others than objects.

    If its condition is false, the reason has the item that is stored in its place (`object_in`).
    """
    return {"Put": _put(table, stored)}


def use_object(
    table: ObjectsTable, kind: str, merchant: str, object_id: str, by: str, *, version: int = 1
) -> StoredObject | None:
    """Bind an object that was not written since its creation, or since this version, to what uses it.

    Takes one conditional write, which changes nothing if `by` used it before: it can use it again. Returns the object
    as it is then: with another `used_by` if something else used it before, or if it has changed. None if this merchant
    has no such one.
    """
    try:
        response = table.client.update_item(
            TableName=table.table,
            Key={STRIPE_OBJECTS_KEY: {"S": object_key(kind, merchant, object_id)}},
            UpdateExpression="SET #0 = :0, #1 = #1 + :2",
            ConditionExpression="#1 = :1",
            ExpressionAttributeNames={"#0": "used_by", "#1": "version"},
            ExpressionAttributeValues={":0": {"S": by}, ":1": {"N": str(version)}, ":2": {"N": "1"}},
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        current = item_on_conflict(error)
        return object_in(current) if current else None
    return object_in(response["Attributes"])


def objects_of(
    table: ObjectsTable, kind: str, merchant: str, since: datetime | None, until: datetime | None
) -> ShardedIndex[StoredObject]:
    """Return the list of a merchant's objects, from `since` until before `until`."""
    return ShardedIndex(
        client=table.client,
        table=table.table,
        id_attribute=STRIPE_OBJECTS_KEY,
        index=STRIPE_OBJECTS_BY_MERCHANT,
        of=f"{kind}#{merchant}",
        tied_to=("stripe_objects", kind, merchant),
        mine=lambda stored: stored.merchant == merchant,
        read=object_in,
        since=format_timestamp(since) if since else None,
        until=format_timestamp(until) if until else None,
    )


def objects_with_email(table: ObjectsTable, merchant: str, email: str) -> ShardedIndex[StoredObject]:
    """Return the list of a merchant's objects of all types with this e-mail address, in upper or lower case."""
    return ShardedIndex(
        client=table.client,
        table=table.table,
        id_attribute=STRIPE_OBJECTS_KEY,
        index=STRIPE_OBJECTS_BY_EMAIL,
        of=_email_partition(merchant, email),
        tied_to=("objects_with_email", merchant, email),
        mine=lambda stored: stored.merchant == merchant,
        read=object_in,
    )


def objects_of_customer(
    table: ObjectsTable, kind: str, merchant: str, customer: str, since: datetime | None, until: datetime | None
) -> ShardedIndex[StoredObject]:
    """Return the list of a customer's objects of a type of billing, from `since` until before `until`.

    It has the index of e-mail addresses: no customer's ID is one.
    """
    return ShardedIndex(
        client=table.client,
        table=table.table,
        id_attribute=STRIPE_OBJECTS_KEY,
        index=STRIPE_OBJECTS_BY_EMAIL,
        of=_customer_partition(kind, merchant, customer),
        tied_to=("objects_of_customer", kind, merchant, customer),
        mine=lambda stored: stored.merchant == merchant,
        read=object_in,
        since=format_timestamp(since) if since else None,
        until=format_timestamp(until) if until else None,
    )


def due_objects(table: ObjectsTable, shard: int, now: datetime, page: Item | None = None) -> DuePage:
    """Return the keys of objects on which something was due by now, of a shard, oldest first."""
    index = DueIndex(
        client=table.client, table=table.table, index=STRIPE_OBJECTS_DUE, of=DUE, id_attribute=STRIPE_OBJECTS_KEY
    )
    return due_page(index, shard, now, limit=AT_ONCE, page=page)


def get_by_key(table: ObjectsTable, key: str) -> StoredObject | None:
    """Return the object with this key (`object_key`), or None."""
    response = table.client.get_item(TableName=table.table, Key={STRIPE_OBJECTS_KEY: {"S": key}}, ConsistentRead=True)
    return object_in(response["Item"]) if "Item" in response else None


def get_by_keys(table: ObjectsTable, keys: Collection[str]) -> dict[str, StoredObject]:
    """Return the objects that exist and are not deleted, by their keys (`object_key`). Other keys are of no object."""
    items = items_by_id(table.client, table.table, STRIPE_OBJECTS_KEY, keys) if keys else {}
    found = {key: object_in(item) for key, item in items.items()}
    return {key: stored for key, stored in found.items() if not stored.deleted}


def listed_at(stored: StoredObject) -> str:
    """Return the sort key of an object in lists: its creation, made unique by its ID."""
    return f"{format_timestamp(stored.created_at)}#{stored.id}"


def _email_partition(merchant: str, email: str) -> str:
    return f"{merchant}#{email.lower()}"


def _customer_partition(kind: str, merchant: str, customer: str) -> str:
    return f"{merchant}#{kind}#{customer}"


def _put(table: ObjectsTable, stored: StoredObject) -> Any:
    put = {
        "TableName": table.table,
        "Item": _item(stored),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ConditionExpression": "attribute_not_exists(#0)",
        "ExpressionAttributeNames": {"#0": STRIPE_OBJECTS_KEY},
    }
    if stored.version == 1:
        return put
    previous = {":0": {"N": str(stored.version - 1)}}
    return put | {
        "ConditionExpression": "#0 = :0",
        "ExpressionAttributeNames": {"#0": "version"},
        "ExpressionAttributeValues": previous,
    }


def _due_shard(stored: StoredObject) -> int:
    """Return the shard of what falls due on an object. That of one customer's billing is in one, in order of time."""
    customer = customer_of(stored)
    return (
        int(stored.created_at.timestamp() * 1000) if customer is None else crc32(customer.encode())
    ) % STRIPE_OBJECTS_DUE_SHARDS


def _is_canceled(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "TransactionCanceledException"  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types declare every field of a response optional


def _item(stored: StoredObject) -> Item:
    key = object_key(stored.object, stored.merchant, stored.id)
    texts = {
        STRIPE_OBJECTS_KEY: key,
        "object": stored.object,
        "id": stored.id,
        "merchant": stored.merchant,
        "attributes": _json(stored.attributes),
        "created_by": _json(_cause(stored.created_by)),
        "updated_at": format_timestamp(stored.updated_at),
        "changes": _json([_change(change) for change in stored.changes]),
    }
    if stored.listed and not stored.deleted:
        shard = int(stored.created_at.timestamp() * 1000) % index_shards().written
        texts[STRIPE_OBJECTS_BY_MERCHANT.partition_key] = shard_key(f"{stored.object}#{stored.merchant}", shard)
        texts[STRIPE_OBJECTS_BY_MERCHANT.sort_key] = listed_at(stored)
    if not stored.deleted and (email := email_of(stored.attributes)) is not None:
        shard = int(stored.created_at.timestamp() * 1000) % index_shards().written
        texts[STRIPE_OBJECTS_BY_EMAIL.partition_key] = shard_key(_email_partition(stored.merchant, email), shard)
        texts[STRIPE_OBJECTS_BY_EMAIL.sort_key] = listed_at(stored)
    if not stored.deleted and (customer := customer_of(stored)) is not None:
        shard = int(stored.created_at.timestamp() * 1000) % index_shards().written
        partition = _customer_partition(stored.object, stored.merchant, customer)
        texts[STRIPE_OBJECTS_BY_EMAIL.partition_key] = shard_key(partition, shard)
        texts[STRIPE_OBJECTS_BY_EMAIL.sort_key] = listed_at(stored)
    if len(texts["attributes"].encode()) > MAX_OBJECT_BYTES:
        detail = f"The fields of a {stored.object} can have {MAX_OBJECT_BYTES:,} bytes in all."
        raise Refused(Code.PARAMETER_INVALID, detail)
    if sum(len(name) + len(text.encode()) for name, text in texts.items()) > MAX_ITEM_BYTES:
        raise Refused(Code.TOO_MANY_CHANGES, f"This {stored.object} has been changed too often within two days.")
    if stored.used_by is not None:
        texts["used_by"] = stored.used_by
    if stored.due_at is not None:
        shard = _due_shard(stored)
        texts[STRIPE_OBJECTS_DUE.partition_key] = shard_key(DUE, shard)
        texts[STRIPE_OBJECTS_DUE.sort_key] = format_timestamp(stored.due_at)
    item: Item = {name: {"S": text} for name, text in texts.items()}
    if stored.purge_at is not None:
        item[TTL_ATTRIBUTE] = {"N": str(stored.purge_at)}
    flags: Item = {"deleted": {"BOOL": stored.deleted}, "listed": {"BOOL": stored.listed}}
    return item | flags | {"version": {"N": str(stored.version)}}


def object_in(item: Item) -> StoredObject:
    """Return the object in an item."""
    changes = tuple(_change_from(entry) for entry in json.loads(item["changes"]["S"]))
    return StoredObject(
        object=item["object"]["S"],
        id=item["id"]["S"],
        merchant=item["merchant"]["S"],
        attributes=json.loads(item["attributes"]["S"]),
        created_by=_cause_from(json.loads(item["created_by"]["S"])),
        updated_at=parse_timestamp(item["updated_at"]["S"]),
        version=int(item["version"]["N"]),
        changes=changes,
        deleted=item["deleted"]["BOOL"],
        listed=item["listed"]["BOOL"],
        used_by=item["used_by"]["S"] if "used_by" in item else None,
        purge_at=int(item[TTL_ATTRIBUTE]["N"]) if TTL_ATTRIBUTE in item else None,
        due_at=parse_timestamp(item[_DUE_AT]["S"]) if _DUE_AT in item else None,
        ended=bool(changes) and changes[-1].ended,
    )


def _change(change: Change) -> dict[str, Any]:
    ended = {"ended": True} if change.ended else {}
    return {"cause": _cause(change.cause), "before": change.before, **ended}


def _change_from(entry: Mapping[str, Any]) -> Change:
    return Change(cause=_cause_from(entry["cause"]), before=entry["before"], ended=entry.get("ended", False))


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "operation_id": cause.operation_id,
        "request_id": cause.request_id,
        "idempotency_key": cause.idempotency_key,
        "at": format_timestamp(cause.at),
    }


def _cause_from(entry: Mapping[str, Any]) -> Cause:
    return Cause(
        operation_id=entry["operation_id"],
        request_id=entry["request_id"],
        idempotency_key=entry["idempotency_key"],
        at=parse_timestamp(entry["at"]),
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
