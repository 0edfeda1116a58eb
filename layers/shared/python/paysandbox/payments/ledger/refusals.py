"""Store refusals on the payment, so that a repeated request always gets the same error.

There is one attribute for each refused operation. An operation is recorded only if no refusal of it is stored, and a
refusal is stored only if the payment has not changed since. So an operation is either recorded or refused, never both.
"""

import json
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import Ledger, is_condition_failure, item_on_conflict
from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard
from paysandbox.core.ids import SUFFIX_LENGTH
from paysandbox.core.record import record
from paysandbox.payments.ledger.items import key, payment_from
from paysandbox.payments.ledger.records import Item
from paysandbox.payments.payment import Payment

MAX_STORED: Final = 20
"""Limit per payment, to keep its item small. Further refusals are not stored, and the rule runs again each time."""

_PREFIX: Final = "refused_"
_COUNT: Final = "refusals"
_MAX_TEXT: Final = 2_000

_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


@record(kw_only=True)
class RequestedOperation:
    """The ID of the operation that a request is about to record, and the ID of the request."""

    operation_id: str
    request_id: str


def unless_refused(operation_id: str) -> Guard:
    """Return the guard that no refusal of an operation is stored."""
    return Guard((_attribute(operation_id),), "not_exists", None, None)


def stored_refusal(item: Item, requested: RequestedOperation) -> Refused | None:
    """Return the stored refusal of an operation, or None. It is `replayed` unless this same request caused it."""
    stored = item.get(_attribute(requested.operation_id))
    if stored is None:
        return None
    fields = _decode(stored)
    return Refused(
        fields["code"],
        fields["detail"],
        fields["param"],
        fields["possible"],
        replayed=fields["request_id"] != requested.request_id,
        first_request=fields["request_id"],
    )


def read_refusal(ledger: Ledger, payment_id: str, requested: RequestedOperation) -> Refused | None:
    """Return the stored refusal of an operation on a payment, or None, as `stored_refusal` does."""
    response = ledger.client.get_item(
        TableName=ledger.table,
        Key=key(payment_id),
        ConsistentRead=True,
        ProjectionExpression="#0",
        ExpressionAttributeNames={"#0": _attribute(requested.operation_id)},
    )
    return stored_refusal(response.get("Item", {}), requested)


def store_refusal(ledger: Ledger, current: Payment, requested: RequestedOperation, refused: Refused) -> Payment:
    """Store a refusal on the payment `current` and raise it, or return the payment if it has changed since.

    Raises the earlier refusal of the operation, if one is stored. A refusal beyond the limit is raised without being
    stored.
    """
    try:
        ledger.client.update_item(
            TableName=ledger.table,
            Key=key(current.id),
            UpdateExpression="SET #0 = :0, #1 = if_not_exists(#1, :1) + :2",
            ConditionExpression=(
                "#2 = :3 AND #3 = :4 AND attribute_not_exists(#0) AND (attribute_not_exists(#1) OR #1 < :5)"
            ),
            ExpressionAttributeNames={
                "#0": _attribute(requested.operation_id),
                "#1": _COUNT,
                "#2": "merchant",
                "#3": "version",
            },
            ExpressionAttributeValues={
                ":0": {"S": _text(refused, requested)},
                ":1": {"N": "0"},
                ":2": {"N": "1"},
                ":3": {"S": current.merchant},
                ":4": {"N": str(current.version)},
                ":5": {"N": str(MAX_STORED)},
            },
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        item = item_on_conflict(error)
        if item is None or "operations" not in item:
            raise refused from None
        if (stored := stored_refusal(item, requested)) is not None:
            raise stored from None
        latest = payment_from(item)
        if (latest.merchant, latest.version) != (current.merchant, current.version):
            return latest
    raise refused


def refusals_as_stored(item: Item, payment: Payment) -> Item:
    """Return an item's refusals and their count as they should be stored, without those of recorded operations.

    Raises ValueError or LookupError for a malformed refusal.
    """
    recorded = {_attribute(operation.id) for operation in payment.operations}
    refusals = {name: item[name] for name in item if name.startswith(_PREFIX) and name not in recorded}
    for value in refusals.values():
        _decode(value)
    return {**refusals, _COUNT: {"N": str(len(refusals))}} if refusals else {}


def _decode(value: Item) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(value["S"])
    return {**fields, "code": Code(fields["code"])}


def _attribute(operation_id: str) -> str:
    return _PREFIX + operation_id[-SUFFIX_LENGTH:]


def _text(refused: Refused, requested: RequestedOperation) -> str:
    fields = {
        "code": str(refused.code),
        "detail": refused.detail,
        "param": refused.param,
        "possible": dict(refused.possible),
        "request_id": requested.request_id,
    }
    text = _encode(fields)
    return text if len(text) <= _MAX_TEXT else _encode({**fields, "possible": {}})
