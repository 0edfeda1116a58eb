"""Write idempotency records.

A record may have the ID that a payment under the same key would have. Then only one of the two can exist.
"""

from typing import Any

from botocore.exceptions import ClientError

from paysandbox.aws.conditional_write import Ledger, is_condition_failure, item_on_conflict
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.core.idempotency_record import KEY_LIFETIME, IdempotencyRecord
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.ledger.items import idempotency_record_from, idempotency_record_item, payment_in
from paysandbox.payments.payment import Payment


def put_idempotency_record(ledger: Ledger, record: IdempotencyRecord) -> IdempotencyRecord | Payment:
    """Bind a key, unless it has been bound for less than 24 hours. Returns the record that is in effect.

    A record that is kept binds its key unless any record does, of whatever age.
    Returns the payment instead if one has this ID, whatever its age: a record never replaces a payment.
    """
    condition: Any = {
        "ConditionExpression": "attribute_not_exists(#0)",
        "ExpressionAttributeNames": {"#0": PARTITION_KEY},
    }
    if record.purge_at is not None:
        condition = {
            "ConditionExpression": "attribute_not_exists(#0) OR #1 <= :0",
            "ExpressionAttributeNames": {"#0": PARTITION_KEY, "#1": "claimed_at"},
            "ExpressionAttributeValues": {":0": {"S": format_timestamp(record.claimed_at - KEY_LIFETIME)}},
        }
    try:
        ledger.client.put_item(
            TableName=ledger.table,
            Item=idempotency_record_item(record),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **condition,
        )
    except ClientError as error:
        current = item_on_conflict(error) if is_condition_failure(error) else None
        if current is None:
            raise
        return payment_in(current) or idempotency_record_from(current)
    return record
