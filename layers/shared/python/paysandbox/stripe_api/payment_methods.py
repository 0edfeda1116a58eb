"""The `PaymentMethods` table: cards that were sent by themselves, to be paid with later. Never a number.

By id, and an id says nothing of its merchant: whoever asks for another merchant's card is told that there is none.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from paysandbox.aws.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.schema import PAYMENT_METHODS_KEY, TTL_ATTRIBUTE
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.items import Item, method_entry, method_from, number, text
from paysandbox.payments.operation import Method

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class PaymentMethods:
    """A DynamoDB client, the table's name, and for how many seconds a card is kept."""

    client: "DynamoDBClient"
    table: str
    retention_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod:
    """A card that was sent by itself: its id (`pm_…`), whose it is, when. `metadata` is the caller's map as JSON."""

    id: str
    merchant: str
    method: Method
    created_at: datetime
    metadata: str | None = None


def put_payment_method(methods: PaymentMethods, method: PaymentMethod) -> tuple[PaymentMethod, bool]:
    """Keep a card, once. Returns what the table holds under its id, and whether this call put it."""
    item = _item(method, methods.retention_s)
    try:
        methods.client.put_item(
            TableName=methods.table,
            Item=item,
            ConditionExpression="attribute_not_exists(#0)",
            ExpressionAttributeNames={"#0": PAYMENT_METHODS_KEY},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        current = item_on_conflict(error) if is_condition_failure(error) else None
        if current is None:
            raise
        return _method(current), False
    return _method(item), True


def get_payment_method(methods: PaymentMethods, method_id: str, merchant: str) -> PaymentMethod | None:
    """This merchant's card of that id as of now; None where there is none, or it is another merchant's."""
    key = {PAYMENT_METHODS_KEY: text(method_id)}
    found = methods.client.get_item(TableName=methods.table, Key=key, ConsistentRead=True)
    held = _method(found["Item"]) if "Item" in found else None
    return held if held and held.merchant == merchant else None


def _item(method: PaymentMethod, retention_s: int) -> Item:
    item: Item = {
        PAYMENT_METHODS_KEY: text(method.id),
        "merchant": text(method.merchant),
        "created_at": text(format_timestamp(method.created_at)),
        "method": {"M": method_entry(method.method)},
        TTL_ATTRIBUTE: number(int(method.created_at.timestamp()) + retention_s),
    }
    if method.metadata is not None:
        item["metadata"] = text(method.metadata)
    return item


def _method(item: Item) -> PaymentMethod:
    return PaymentMethod(
        id=item[PAYMENT_METHODS_KEY]["S"],
        merchant=item["merchant"]["S"],
        method=method_from(item["method"]["M"]),
        created_at=parse_timestamp(item["created_at"]["S"]),
        metadata=item["metadata"]["S"] if "metadata" in item else None,
    )
