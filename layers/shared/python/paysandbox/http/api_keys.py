"""The `ApiKeys` table: the digest and the owner of every key that the Stripe-compatible API accepts, never its text.

The digest is the key, so authenticating a request takes one read. A revoked key has no item.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from paysandbox.aws.schema import API_KEYS_KEY
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.http.credential import KeyKind

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """A DynamoDB client and the name of the table."""

    client: "DynamoDBClient"
    table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A stored key: its digest, merchant, kind and time of creation (aware, UTC).

    `key_id` is API Gateway's ID of the secret key that this is, or that this publishable key belongs to.
    """

    digest: str
    merchant: str
    kind: KeyKind
    key_id: str
    created_at: datetime


def put_key(keys: ApiKeys, key: StoredKey) -> None:
    """Store a key, so that requests with it are accepted. Idempotent."""
    keys.client.put_item(TableName=keys.table, Item=key_item(key))


def get_key(keys: ApiKeys, digest: str) -> StoredKey | None:
    """Return the key with this digest as of now, or None if it is unknown or revoked."""
    response = keys.client.get_item(TableName=keys.table, Key=_key(digest), ConsistentRead=True)
    return key_from({**response["Item"]}) if "Item" in response else None


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
    }


def key_from(item: Item) -> StoredKey:
    """Read a key from its DynamoDB item."""
    return StoredKey(
        digest=item[API_KEYS_KEY]["S"],
        merchant=item["merchant"]["S"],
        kind=KeyKind(item["kind"]["S"]),
        key_id=item["key_id"]["S"],
        created_at=parse_timestamp(item["created_at"]["S"]),
    )


def _key(digest: str) -> Item:
    return {API_KEYS_KEY: {"S": digest}}
