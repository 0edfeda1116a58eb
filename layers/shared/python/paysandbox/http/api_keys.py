"""The `ApiKeys` table: of every key that the Stripe-compatible API takes, a digest, and whose it is. Never its text.

By the digest, so that a request's key is one read. A revoked key has no item.
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
    """A DynamoDB client and the table's name."""

    client: "DynamoDBClient"
    table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """What is kept of a key: its digest, whose it is, what it opens, and since when (aware, UTC).

    `key_id` is API Gateway's id of the secret key that it is, or that it stands beside.
    """

    digest: str
    merchant: str
    kind: KeyKind
    key_id: str
    created_at: datetime


def put_key(keys: ApiKeys, kept: StoredKey) -> None:
    """Let a key be taken. Again makes no difference."""
    keys.client.put_item(TableName=keys.table, Item=key_item(kept))


def get_key(keys: ApiKeys, digest: str) -> StoredKey | None:
    """The key with this digest as of now, or None: unknown, or revoked."""
    found = keys.client.get_item(TableName=keys.table, Key=_key(digest), ConsistentRead=True)
    return key_from({**found["Item"]}) if "Item" in found else None


def delete_keys(keys: ApiKeys, digests: Iterable[str]) -> None:
    """Let these be taken no more. Those that are not there make no difference."""
    for digest in digests:
        keys.client.delete_item(TableName=keys.table, Key=_key(digest))


def key_item(kept: StoredKey) -> Item:
    """A key as it is put."""
    return {
        **_key(kept.digest),
        "merchant": {"S": kept.merchant},
        "kind": {"S": str(kept.kind)},
        "key_id": {"S": kept.key_id},
        "created_at": {"S": format_timestamp(kept.created_at)},
    }


def key_from(item: Item) -> StoredKey:
    """The key that an item holds."""
    return StoredKey(
        digest=item[API_KEYS_KEY]["S"],
        merchant=item["merchant"]["S"],
        kind=KeyKind(item["kind"]["S"]),
        key_id=item["key_id"]["S"],
        created_at=parse_timestamp(item["created_at"]["S"]),
    )


def _key(digest: str) -> Item:
    return {API_KEYS_KEY: {"S": digest}}
