"""The `PaymentMethods` table: cards that were created by themselves, for later payments. Never a card number.

Keyed by ID, which does not contain the merchant. Another merchant's card is reported as not found.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.schema import PAYMENT_METHODS_KEY, TTL_ATTRIBUTE
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.ledger.records import Item, record_entry, record_from
from paysandbox.payments.terms import Method

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@record
class PaymentMethods:
    """A DynamoDB client, the table's name, and the retention of a card in seconds."""

    client: "DynamoDBClient"
    table: str
    retention_s: int


@record(kw_only=True)
class PaymentMethod:
    """A card created by itself: ID (`pm_…`), merchant, time of creation. `metadata` is the caller's map as JSON.

    `request_id` is the request that created it. `used_by` is the payment that was attempted with it, or None: without a
    customer, one payment is all it can pay.
    """

    id: str
    merchant: str
    method: Method
    created_at: datetime
    request_id: str
    metadata: str | None = None
    used_by: str | None = None


def put_payment_method(methods: PaymentMethods, method: PaymentMethod) -> tuple[PaymentMethod, bool]:
    """Store a card unless its ID exists. Return the stored item, and whether this call stored it."""
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
    """Return this merchant's card with this ID as of now, or None if it does not exist or is another merchant's."""
    key = {PAYMENT_METHODS_KEY: {"S": method_id}}
    response = methods.client.get_item(TableName=methods.table, Key=key, ConsistentRead=True)
    stored = _method(response["Item"]) if "Item" in response else None
    return stored if stored and stored.merchant == merchant else None


def use_payment_method(methods: PaymentMethods, method_id: str, merchant: str, payment_id: str) -> bool:
    """Bind this merchant's card to the payment that uses it. Idempotent: that payment can use it again.

    Returns False if another payment used it, or if it expired meanwhile.
    """
    try:
        methods.client.update_item(
            TableName=methods.table,
            Key={PAYMENT_METHODS_KEY: {"S": method_id}},
            UpdateExpression="SET #0 = :0",
            ConditionExpression="#1 = :1 AND (attribute_not_exists(#0) OR #0 = :0)",
            ExpressionAttributeNames={"#0": "used_by", "#1": "merchant"},
            ExpressionAttributeValues={":0": {"S": payment_id}, ":1": {"S": merchant}},
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def _item(method: PaymentMethod, retention_s: int) -> Item:
    item: Item = {
        PAYMENT_METHODS_KEY: {"S": method.id},
        "merchant": {"S": method.merchant},
        "created_at": {"S": format_timestamp(method.created_at)},
        "method": {"M": record_entry(method.method)},
        "request_id": {"S": method.request_id},
        TTL_ATTRIBUTE: {"N": str(int(method.created_at.timestamp()) + retention_s)},
    }
    if method.metadata is not None:
        item["metadata"] = {"S": method.metadata}
    return item


def _method(item: Item) -> PaymentMethod:
    return PaymentMethod(
        id=item[PAYMENT_METHODS_KEY]["S"],
        merchant=item["merchant"]["S"],
        method=record_from(Method, item["method"]["M"]),
        created_at=parse_timestamp(item["created_at"]["S"]),
        metadata=item["metadata"]["S"] if "metadata" in item else None,
        request_id=item["request_id"]["S"],
        used_by=item["used_by"]["S"] if "used_by" in item else None,
    )
