"""The `ApiKeys` table: the digest and the owner of every key that the Stripe-compatible API accepts, never its text.

The digest is the key, so authenticating a request takes one read. A revoked key of the sandbox's own has no item. Of a
revoked key that was issued elsewhere the digest stays, without a merchant, so that it is not taken for a new one.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.schema import API_KEYS_KEY
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.http.keys.credential import KeyKind

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

MOST_MERCHANTS: Final = 1_000
"""The merchants that keys seen first may make, in all."""
MOST_SEEN: Final = 5_000
"""The keys that are accepted at first sight, in all."""

_SEEN: Final = "first-seen"
"""The key of the item with the merchants and digests of all keys seen first. No digest has this form."""
_OF_MERCHANT: Final = "merchant#"
"""With a merchant, the key of the item that says that the sandbox made keys for it. No digest has this form."""


@record
class ApiKeys:
    """A DynamoDB client and the name of the table."""

    client: "DynamoDBClient"
    table: str


@record(kw_only=True)
class StoredKey:
    """A stored key: its digest, merchant, kind and time of creation (aware, UTC).

    `key_id` is API Gateway's ID of the secret key that this is, or that this publishable key belongs to. Of a key that
    was issued elsewhere it is the beginning of the digest. Such a key also has what is shown of it (`masked`), its
    usage plan, and whether it was accepted at first sight, at `created_at`, or imported.
    """

    digest: str
    merchant: str
    kind: KeyKind
    key_id: str
    created_at: datetime
    masked: str | None = None
    plan: str | None = None
    first_seen: bool = False


def put_key(keys: ApiKeys, key: StoredKey) -> None:
    """Store a key of the sandbox's own, so that requests with it are accepted. Idempotent."""
    keys.client.put_item(TableName=keys.table, Item=key_item(key))


def put_merchant(keys: ApiKeys, merchant: str) -> None:
    """Record that the sandbox makes keys for this merchant. Idempotent."""
    keys.client.put_item(TableName=keys.table, Item=_key(_OF_MERCHANT + merchant))


def has_own_keys(keys: ApiKeys, merchant: str) -> bool:
    """Return whether the sandbox ever made a key for this merchant (`put_merchant`)."""
    found = keys.client.get_item(TableName=keys.table, Key=_key(_OF_MERCHANT + merchant), ConsistentRead=True)
    return "Item" in found


def get_key(keys: ApiKeys, digest: str, *, as_of_now: bool = True) -> StoredKey | None:
    """Return the key with this digest, or None if it is unknown or revoked.

    Not `as_of_now`, it may be what was true a second ago, at half the price.
    """
    response = keys.client.get_item(TableName=keys.table, Key=_key(digest), ConsistentRead=as_of_now)
    return _unless_revoked({**response["Item"]}) if "Item" in response else None


def count_first_seen(keys: ApiKeys, key: StoredKey, *, makes_merchant: bool) -> bool:
    """Count a key, and the merchant that it makes if it makes one. Return False if there are too many. Idempotent."""
    adds, condition = ["seen :seen"], "(attribute_not_exists(seen) OR contains(seen, :one) OR size(seen) < :most_seen)"
    values: dict[str, Any] = {
        ":seen": {"SS": [key.key_id]},
        ":one": {"S": key.key_id},
        ":most_seen": {"N": str(MOST_SEEN)},
    }
    if makes_merchant:
        adds.append("merchants :merchants")
        condition += (
            " AND (attribute_not_exists(merchants) OR contains(merchants, :merchant) OR size(merchants) < :most)"
        )
        values |= {
            ":merchants": {"SS": [key.merchant]},
            ":merchant": {"S": key.merchant},
            ":most": {"N": str(MOST_MERCHANTS)},
        }
    try:
        keys.client.update_item(
            TableName=keys.table,
            Key=_key(_SEEN),
            UpdateExpression=f"ADD {', '.join(adds)}",
            ConditionExpression=condition,
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if is_condition_failure(error):
            return False
        raise
    return True


def put_first_seen(keys: ApiKeys, key: StoredKey) -> StoredKey | None:
    """Store a key unless its digest is stored. Return the stored key, or None if it was revoked."""
    try:
        keys.client.put_item(
            TableName=keys.table,
            Item=key_item(key),
            ConditionExpression=f"attribute_not_exists({API_KEYS_KEY})",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if is_condition_failure(error) and (item := item_on_conflict(error)) is not None:
            return _unless_revoked(item)
        raise
    return key


def put_imported(keys: ApiKeys, key: StoredKey) -> tuple[bool, StoredKey | None]:
    """Store a key that was issued elsewhere, also one that was revoked or that is another merchant's.

    Return whether that changed anything, and the key that it replaced. One that is stored already keeps its date.
    """
    try:
        response = keys.client.put_item(
            TableName=keys.table,
            Item=key_item(key),
            ConditionExpression=(
                "attribute_not_exists(merchant) OR merchant <> :merchant OR #plan <> :plan "
                "OR attribute_exists(first_seen)"
            ),
            ExpressionAttributeNames={"#plan": "plan"},
            ExpressionAttributeValues={":merchant": {"S": key.merchant}, ":plan": {"S": key.plan or ""}},
            ReturnValues="ALL_OLD",
        )
    except ClientError as error:
        if is_condition_failure(error):
            return False, key
        raise
    return True, _unless_revoked({**response["Attributes"]}) if response.get("Attributes") else None


def revoke_issued_elsewhere(keys: ApiKeys, digest: str, at: datetime) -> StoredKey | None:
    """Revoke such a key for good: its digest stays. Return it, or None if it is unknown or revoked already."""
    try:
        response = keys.client.put_item(
            TableName=keys.table,
            Item={**_key(digest), "revoked_at": {"S": format_timestamp(at)}},
            ConditionExpression="attribute_exists(masked)",
            ReturnValues="ALL_OLD",
        )
    except ClientError as error:
        if is_condition_failure(error):
            return None
        raise
    return _unless_revoked({**response.get("Attributes", {})})


def keys_issued_elsewhere(keys: ApiKeys) -> Iterator[StoredKey]:
    """Return all such keys that are not revoked, in no order."""
    pages = keys.client.get_paginator("scan").paginate(
        TableName=keys.table, FilterExpression="attribute_exists(masked)", ConsistentRead=True
    )
    for page in pages:
        for item in page["Items"]:
            yield key_from({**item})


def delete_keys(keys: ApiKeys, digests: Iterable[str]) -> None:
    """Revoke these keys. Unknown digests are ignored."""
    for digest in digests:
        keys.client.delete_item(TableName=keys.table, Key=_key(digest))


def key_item(key: StoredKey) -> Item:
    """Return the DynamoDB item of a key."""
    return {
        **_key(key.digest),
        "merchant": {"S": key.merchant},
        "kind": {"S": str(key.kind)},
        "key_id": {"S": key.key_id},
        "created_at": {"S": format_timestamp(key.created_at)},
        **({"masked": {"S": key.masked}} if key.masked else {}),
        **({"plan": {"S": key.plan}} if key.plan else {}),
        **({"first_seen": {"BOOL": True}} if key.first_seen else {}),
    }


def key_from(item: Item) -> StoredKey:
    """Read a key from its DynamoDB item."""
    return StoredKey(
        digest=item[API_KEYS_KEY]["S"],
        merchant=item["merchant"]["S"],
        kind=KeyKind(item["kind"]["S"]),
        key_id=item["key_id"]["S"],
        created_at=parse_timestamp(item["created_at"]["S"]),
        masked=item.get("masked", {}).get("S"),
        plan=item.get("plan", {}).get("S"),
        first_seen="first_seen" in item,
    )


def _unless_revoked(item: Item) -> StoredKey | None:
    return key_from(item) if "merchant" in item else None


def _key(digest: str) -> Item:
    return {API_KEYS_KEY: {"S": digest}}
