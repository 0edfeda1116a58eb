"""The writes and reads of payments: one conditional put, one conditional update, one consistent get."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from botocore.exceptions import ClientError

from paysandbox.aws.conditional_write import Ledger, is_condition_failure, item_on_conflict
from paysandbox.aws.schema import BY_DUE, PARTITION_KEY, TTL_ATTRIBUTE
from paysandbox.core.errors import Code, Refused
from paysandbox.core.idempotency_record import KEY_LIFETIME
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.change import Change
from paysandbox.payments.expressions import update
from paysandbox.payments.items import Item, key, payment_from, payment_in, payment_item
from paysandbox.payments.payment import Payment
from paysandbox.payments.refusals import RequestedOperation, store_refusal, stored_refusal, unless_refused
from paysandbox.payments.rules import Verdict, judge

MAX_TRIES: Final = 4
"""Each further try means that another operation on the same payment got in between, so four are plenty."""


def put_payment(ledger: Ledger, payment: Payment) -> tuple[Payment, bool]:
    """Record a new payment. Returns the payment that the table holds under its id, and whether this call put it.

    Both come through the same item, so that the first answer and its replay are rendered from the same facts. A claim
    that has bound nobody for 24 hours makes way. Raises Refused(idempotency_key_reused) for a younger one: the key is
    another request's.
    """
    item = payment_item(payment)
    try:
        ledger.client.put_item(
            TableName=ledger.table,
            Item=item,
            ConditionExpression="attribute_not_exists(#0) OR #1 <= :0",
            ExpressionAttributeNames={"#0": PARTITION_KEY, "#1": "claimed_at"},
            ExpressionAttributeValues={":0": {"S": format_timestamp(payment.created_at - KEY_LIFETIME)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        current = item_on_conflict(error) if is_condition_failure(error) else None
        if current is None:
            raise
        held = payment_in(current)
        if held is None:
            raise Refused(Code.IDEMPOTENCY_KEY_REUSED, "Use a fresh key for another request.") from None
        return held, False
    return payment_from(item), True


@dataclass(frozen=True, slots=True)
class ReadPayment:
    """A payment that was read before anything was decided of it, and the operation that is wished for."""

    payment: Payment
    requested: RequestedOperation


def change_payment(ledger: Ledger, decide: Callable[[Payment | None], Change]) -> Payment:
    """Record what `decide` says: one update, or a second one where the decision had to know the payment as it was met.

    Returns the payment after the change, or as it is where it holds the operation already (a replay). Raises Refused
    where a guard failed, with nothing written.
    """
    current: Payment | None = None
    for _ in range(MAX_TRIES):
        change = decide(current)
        written, item = _record(ledger, change)
        if written is not None:
            return written
        current = _current_payment(item)
        if judge(change, current) is Verdict.REPLAY and current is not None:
            return current
    raise _too_contended()


def change_payment_storing_refusals(
    ledger: Ledger, decide: Callable[[Payment | None], Change], *, seen: ReadPayment | None = None
) -> Payment:
    """The same, and a refusal is kept on the payment: whoever repeats the request is told it again, as `replayed`.

    The first decision is taken of what was `seen`, where something was. A refusal of `decide` itself before it has seen
    or met a payment is not kept.
    """
    current, requested = (seen.payment, seen.requested) if seen else (None, None)
    for _ in range(MAX_TRIES):
        if current is not None and requested is not None and _has_operation(current, requested):
            return current
        try:
            change = decide(current)
        except Refused as refused:
            current = _store_refusal(ledger, current, requested, refused)
            continue
        requested = RequestedOperation(operation_id=change.operation.id, request_id=change.operation.request_id)
        unless_kept = replace(change, guards=(*change.guards, unless_refused(requested.operation_id)))
        written, item = _record(ledger, unless_kept)
        if written is not None:
            return written
        current = _current_payment(item)
        if (kept := stored_refusal(item or {}, requested)) is not None:
            raise kept
        try:
            if judge(unless_kept, current) is Verdict.REPLAY and current is not None:
                return current
        except Refused as refused:
            current = _store_refusal(ledger, current, requested, refused)
    raise _too_contended()


def _store_refusal(
    ledger: Ledger, current: Payment | None, requested: RequestedOperation | None, refused: Refused
) -> Payment:
    """Keep a refusal and raise it; or the payment as it is now, where it changed meanwhile."""
    if current is None or requested is None or refused.code is Code.RESOURCE_NOT_FOUND:
        raise refused
    return store_refusal(ledger, current, requested, refused)


def _current_payment(item: Item | None) -> Payment | None:
    return payment_from(item) if item and "operations" in item else None


def _too_contended() -> Refused:
    return Refused(Code.SERVICE_UNAVAILABLE, "Others are working on this payment; try again with the same key.")


def _record(ledger: Ledger, change: Change) -> tuple[Payment | None, Item | None]:
    """The payment after the change; or None where a condition failed, and the item as it was, if there is one."""
    purge_at = int(change.operation.at.timestamp()) + ledger.retention_s
    try:
        written = ledger.client.update_item(TableName=ledger.table, **update(change, purge_at))
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return None, item_on_conflict(error)
    return payment_from(written["Attributes"]), None


def _has_operation(payment: Payment, requested: RequestedOperation) -> bool:
    return any(operation.id == requested.operation_id for operation in payment.operations)


def clear_due(ledger: Ledger, payment: Payment) -> bool:
    """Take a payment out of the index of what is due, unless something happened to it since it was read.

    Appends nothing and leaves `version`, so that no event follows. Whether it was done.
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


def get_payment(ledger: Ledger, payment_id: str) -> Payment | None:
    """The payment of that id as of now, or None."""
    found = ledger.client.get_item(TableName=ledger.table, Key=key(payment_id), ConsistentRead=True)
    return payment_in(found.get("Item"))


def extend_retention(ledger: Ledger, payment: Payment, until: int) -> None:
    """Put off a payment's removal until `until` (epoch seconds), since a key still leads through it.

    Raises Refused(service_unavailable) where it was removed just now, whatever has its id since: the retry looks anew.
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
        raise Refused(Code.SERVICE_UNAVAILABLE, "Try again with the same key.") from None
