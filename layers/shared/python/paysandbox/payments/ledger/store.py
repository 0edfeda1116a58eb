"""Write and read payments and idempotency records: one conditional put, one conditional update, one consistent get."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import Ledger, is_condition_failure, item_on_conflict
from paysandbox.aws.schema import BY_DUE, PARTITION_KEY, TTL_ATTRIBUTE
from paysandbox.core.errors import Code, Contended, KeyReused, Refused
from paysandbox.core.guard import Guard
from paysandbox.core.idempotency_record import KEY_LIFETIME, IdempotencyRecord, key_is_free
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.change import Change
from paysandbox.payments.ledger.expressions import update
from paysandbox.payments.ledger.items import (
    idempotency_record_from,
    idempotency_record_item,
    is_idempotency_record,
    key,
    payment_from,
    payment_in,
    payment_item,
)
from paysandbox.payments.ledger.records import Item
from paysandbox.payments.ledger.refusals import RequestedOperation, store_refusal, stored_refusal, unless_refused
from paysandbox.payments.payment import Operation, Payment
from paysandbox.payments.refusals import Verdict, judge, not_found

MAX_TRIES: Final = 4
"""Each retry means that another operation on the same payment came first, so four tries are plenty."""


def put_payment(ledger: Ledger, payment: Payment) -> tuple[Payment, bool]:
    """Record a new payment. Returns the payment stored under its ID, and whether this call created it.

    A new payment is returned as it was decided. It equals what is parsed from its item (`test_payments_round_trip`), so
    the first response and replays are rendered from the same data. Replaces an idempotency record that is at least 24
    hours old. Raises Refused(idempotency_key_reused) for a newer one, because the key belongs to another request.
    """
    if (trace := ledger.trace()) is not None:
        payment = replace(payment, operations=_traced(payment.operations, trace))
    if (until := _last_timer(payment.operations)) is not None:
        payment = replace(payment, open_until=until, purge_at=int(until.timestamp()) + ledger.retention_s)
    try:
        ledger.client.put_item(
            TableName=ledger.table,
            Item=payment_item(payment),
            ConditionExpression="attribute_not_exists(#0) OR #1 <= :0",
            ExpressionAttributeNames={"#0": PARTITION_KEY, "#1": "claimed_at"},
            ExpressionAttributeValues={":0": {"S": format_timestamp(payment.created_at - KEY_LIFETIME)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        current = item_on_conflict(error) if is_condition_failure(error) else None
        if current is None:
            raise
        stored = payment_in(current)
        if stored is None:
            raise KeyReused(endpoint=idempotency_record_from(current).endpoint) from None
        return stored, False
    return payment, True


def put_idempotency_record(ledger: Ledger, record: IdempotencyRecord) -> IdempotencyRecord | Payment:
    """Bind a key, unless it has been bound for less than 24 hours. Returns the record that is in effect.

    A record that is kept binds its key unless any record does, of whatever age. It may have the ID that a payment under
    the same key would have, so that only one of the two can exist: returns the payment instead if one has this ID,
    whatever its age.
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


@record
class ReadPayment:
    """A payment that was read before the rule ran, and the requested operation."""

    payment: Payment
    requested: RequestedOperation


def change_payment(
    ledger: Ledger, decide: Callable[[Payment | None], Change], *, current: Payment | None = None
) -> Payment:
    """Record the change that `decide` returns. Takes one update, or more if `decide` needs the stored payment.

    If `current` is given, `decide` first runs with that payment. Returns the payment after the change, or the stored
    payment if it already has the operation (a replay). Raises Refused if a guard fails; nothing is written then.
    """
    for _ in range(MAX_TRIES):
        change = _retained_until_last_timer(decide(current), current)
        written, item = _record(ledger, change, current)
        if written is not None:
            return written
        current = _current_payment(item)
        if judge(change, current) is Verdict.REPLAY and current is not None:
            return current
    raise _too_contended()


def step_payment(ledger: Ledger, payment_id: str, decide: Callable[[Payment], Change]) -> Payment:
    """Read a payment, and record the change that `decide` returns for it, which it decides again after a conflict.

    For steps that depend on the payment's state. Returns the payment after the change, or the stored payment if it
    already has the operation (a replay). Raises Refused(resource_not_found) for an unknown ID, and as `decide` does.
    """
    read = get_payment(ledger, payment_id)
    if read is None:
        raise not_found()
    return change_payment(ledger, lambda current: decide(current or read), current=read)


Explain = Callable[[Refused, Payment], Refused]
"""Returns a refusal in the words of an API, given the payment that it is about."""


def change_payment_storing_refusals(
    ledger: Ledger,
    decide: Callable[[Payment | None], Change],
    *,
    known: ReadPayment | None = None,
    explain: Explain | None = None,
) -> Payment:
    """Like `change_payment`, but stores a refusal on the payment, so that a repeated request gets it as `replayed`.

    If `known` is given, `decide` first runs with that payment. A refusal that `decide` raises without a payment is not
    stored. What is stored and raised is what `explain` makes of a refusal.
    """
    current, requested = (known.payment, known.requested) if known else (None, None)
    for _ in range(MAX_TRIES):
        if current is not None and requested is not None and _has_operation(current, requested):
            return current
        try:
            change = decide(current)
        except Refused as refused:
            current = _store_refusal(ledger, current, requested, refused, explain)
            continue
        requested = RequestedOperation(operation_id=change.operation.id, request_id=change.operation.request_id)
        change = _retained_until_last_timer(change, current)
        guarded = replace(change, guards=(*change.guards, unless_refused(requested.operation_id)))
        written, item = _record(ledger, guarded, current)
        if written is not None:
            return written
        current = _current_payment(item)
        if (stored := stored_refusal(item or {}, requested)) is not None:
            raise stored
        try:
            if judge(guarded, current) is Verdict.REPLAY and current is not None:
                return current
        except Refused as refused:
            current = _store_refusal(ledger, current, requested, refused, explain)
    raise _too_contended()


def _store_refusal(
    ledger: Ledger,
    current: Payment | None,
    requested: RequestedOperation | None,
    refused: Refused,
    explain: Explain | None,
) -> Payment:
    """Store a refusal and raise it, or return the current payment if it has changed since."""
    if current is None or requested is None or refused.code is Code.RESOURCE_NOT_FOUND:
        raise refused
    return store_refusal(ledger, current, requested, explain(refused, current) if explain else refused)


def _current_payment(item: Item | None) -> Payment | None:
    return payment_from(item) if item and "operations" in item else None


def _too_contended() -> Refused:
    return Contended()


_OPEN_UNTIL: Final = ("open_until",)


def _last_timer(operations: tuple[Operation, ...]) -> datetime | None:
    return max((timer.at for operation in operations for timer in operation.timers), default=None)


def _retained_until_last_timer(change: Change, current: Payment | None) -> Change:
    """Return the change with the time of the payment's last timer, before which it must not be purged.

    Without `current`, there must be no such time yet: otherwise, the rule runs again with the stored payment.
    """
    known = current.open_until if current else None
    if known is None:
        guard = Guard(_OPEN_UNTIL, "not_exists", None, None)
    else:
        guard = Guard(_OPEN_UNTIL, "=", format_timestamp(known), None)
    change = replace(change, guards=(*change.guards, guard))
    last = _last_timer((change.operation, *change.also))
    if last is None or (known is not None and last <= known):
        return change
    return replace(change, assign={**change.assign, _OPEN_UNTIL: format_timestamp(last)})


def _record(ledger: Ledger, change: Change, current: Payment | None) -> tuple[Payment | None, Item | None]:
    """Write a change. Returns the payment after it; or None if the condition failed, and the existing item, if any."""
    change, purge_at = _prepared(ledger, change, current)
    try:
        written = ledger.client.update_item(TableName=ledger.table, **update(change, purge_at))
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return None, item_on_conflict(error)
    return payment_from(written["Attributes"]), None


def _prepared(ledger: Ledger, change: Change, current: Payment | None) -> tuple[Change, int]:
    """Return a change with the trace in which it is recorded, and until when the payment is kept after it."""
    timers = (_last_timer((change.operation, *change.also)), current.open_until if current else None)
    purge_at = int(max([change.operation.at, *filter(None, timers)]).timestamp()) + ledger.retention_s
    if (trace := ledger.trace()) is not None:
        operation, *also = _traced((change.operation, *change.also), trace)
        change = replace(change, operation=operation, also=tuple(also))
    return change, purge_at


def _traced(operations: tuple[Operation, ...], trace: str) -> tuple[Operation, ...]:
    """Return the operations with the trace in which they are recorded: whoever publishes their events refers to it."""
    return tuple(replace(operation, trace=trace) if operation.is_traced else operation for operation in operations)


def _has_operation(payment: Payment, requested: RequestedOperation) -> bool:
    return any(operation.id == requested.operation_id for operation in payment.operations)


def update_part(ledger: Ledger, change: Change, current: Payment) -> Item:
    """Return the part of a transaction that records a change of the payment that was read, with other writes.

    If its condition is false, the reason has the item of the payment (`payment_in`).
    """
    change, purge_at = _prepared(ledger, _retained_until_last_timer(change, current), current)
    written = update(change, purge_at)
    del written["ReturnValues"]  # a transaction returns none
    return {"Update": {"TableName": ledger.table, **written}}


def clear_due(ledger: Ledger, payment: Payment) -> bool:
    """Remove a payment from the index of due items, unless it has changed since it was read.

    Appends no operation and does not change `version`, so it causes no event. Returns whether it was removed.
    """
    try:
        ledger.client.update_item(
            TableName=ledger.table,
            Key=key(payment.id),
            UpdateExpression="REMOVE #0",
            ConditionExpression="#1 = :0 AND #2 = :1",
            ExpressionAttributeNames={"#0": BY_DUE.sort_key, "#1": "merchant", "#2": "version"},
            ExpressionAttributeValues={":0": {"S": payment.merchant}, ":1": {"N": str(payment.version)}},
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def mark_presented(ledger: Ledger, payment: Payment, until: datetime) -> bool:
    """Record that a settlement batch may take what was presented by then, unless the payment has changed since.

    Appends no operation and does not change `version`, as `clear_due`. Returns whether it is recorded.
    """
    try:
        ledger.client.update_item(
            TableName=ledger.table,
            Key=key(payment.id),
            UpdateExpression="SET #0 = :0",
            ConditionExpression="#1 = :1 AND #2 = :2",
            ExpressionAttributeNames={"#0": "presented_until", "#1": "merchant", "#2": "version"},
            ExpressionAttributeValues={
                ":0": {"S": format_timestamp(until)},
                ":1": {"S": payment.merchant},
                ":2": {"N": str(payment.version)},
            },
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def get_payment(ledger: Ledger, payment_id: str) -> Payment | None:
    """Return the current payment with this ID, or None."""
    response = ledger.client.get_item(TableName=ledger.table, Key=key(payment_id), ConsistentRead=True)
    return payment_in(response.get("Item"))


def is_id_free(ledger: Ledger, payment_id: str, now: datetime) -> bool:
    """Whether `put_payment` would record a payment under this ID now: no payment has it, and no idempotency record of
    the last 24 hours."""
    response = ledger.client.get_item(TableName=ledger.table, Key=key(payment_id), ConsistentRead=True)
    item = response.get("Item")
    if item is None:
        return True
    return is_idempotency_record(item) and key_is_free(idempotency_record_from(item).claimed_at, now)


def extend_retention(ledger: Ledger, payment: Payment, until: int) -> None:
    """Postpone a payment's purge until `until` (epoch seconds), because an idempotency record is found through it.

    Raises Refused(service_unavailable) if it has just been purged, even if another item has its ID now. A retry reads
    the current item.
    """
    try:
        ledger.client.update_item(
            TableName=ledger.table,
            Key=key(payment.id),
            UpdateExpression="SET #0 = :0",
            ConditionExpression="#1 = :1 AND #2 = :2",
            ExpressionAttributeNames={"#0": TTL_ATTRIBUTE, "#1": "merchant", "#2": "created_at"},
            ExpressionAttributeValues={
                ":0": {"N": str(until)},
                ":1": {"S": payment.merchant},
                ":2": {"S": format_timestamp(payment.created_at)},
            },
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        raise Refused(Code.SERVICE_UNAVAILABLE, "Retry with the same key.") from None
