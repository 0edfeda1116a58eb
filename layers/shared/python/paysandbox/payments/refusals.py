"""Refusals that are kept on the payment that refused, so that who repeats the request is told the same for ever.

One attribute for each operation that was refused. An operation is recorded only where no refusal of it is kept, and a
refusal is kept only on the payment as it was when it refused: of the two there is never both.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.conditional_write import Ledger, is_condition_failure, item_on_conflict
from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard
from paysandbox.core.ids import SUFFIX_LENGTH
from paysandbox.payments.items import Item, key, number, payment_from
from paysandbox.payments.payment import Payment

MAX_KEPT: Final = 20
"""Of one payment, so that its item stays small. What is refused after that is not kept, and decided anew each time."""

_KEPT: Final = "refused_"
_COUNT: Final = "refusals"
_MAX_TEXT: Final = 2_000

_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedOperation:
    """The operation that a request is about to record, by its id, and the request."""

    operation_id: str
    request_id: str


def unless_refused(operation_id: str) -> Guard:
    """The guard that no refusal of an operation is kept."""
    return Guard((_attribute(operation_id),), "not_exists", None, None)


def stored_refusal(item: Item, requested: RequestedOperation) -> Refused | None:
    """The refusal of that operation that an item keeps; `replayed` unless it is this very request's."""
    kept = item.get(_attribute(requested.operation_id))
    if kept is None:
        return None
    said = _said(kept)
    return Refused(
        said["code"],
        said["detail"],
        said["param"],
        said["possible"],
        replayed=said["request_id"] != requested.request_id,
    )


def store_refusal(ledger: Ledger, current: Payment, requested: RequestedOperation, refused: Refused) -> Payment:
    """Keep a refusal on the payment that was `met`, and raise it; or return the payment, which has changed since.

    Raises the refusal that was kept before, where there is one. One that finds no room is raised all the same.
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
                ":5": {"N": str(MAX_KEPT)},
            },
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        item = item_on_conflict(error)
        if item is None or "operations" not in item:
            raise refused from None
        if (kept := stored_refusal(item, requested)) is not None:
            raise kept from None
        now = payment_from(item)
        if (now.merchant, now.version) != (current.merchant, current.version):
            return now
    raise refused


def refusals_as_stored(item: Item, payment: Payment) -> Item:
    """The refusals that an item keeps, and their number, as they would be written: none is of an operation it has.

    Raises ValueError or LookupError for what nobody could be told.
    """
    done = {_attribute(operation.id) for operation in payment.operations}
    kept = {name: item[name] for name in item if name.startswith(_KEPT) and name not in done}
    for value in kept.values():
        _said(value)
    return {**kept, _COUNT: number(len(kept))} if kept else {}


def _said(value: Item) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(value["S"])
    return {**said, "code": Code(said["code"])}


def _attribute(operation_id: str) -> str:
    return _KEPT + operation_id[-SUFFIX_LENGTH:]


def _text(refused: Refused, requested: RequestedOperation) -> str:
    said = {
        "code": str(refused.code),
        "detail": refused.detail,
        "param": refused.param,
        "possible": dict(refused.possible),
        "request_id": requested.request_id,
    }
    text = _encode(said)
    return text if len(text) <= _MAX_TEXT else _encode({**said, "possible": {}})
