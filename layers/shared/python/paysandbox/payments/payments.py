"""The writes and reads of payments: one conditional put, one conditional update, one consistent get."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from botocore.exceptions import ClientError

from paysandbox.aws.conditional_write import Ledger, item_met, refused_by_condition
from paysandbox.aws.schema import BY_DUE, PARTITION_KEY, TTL_ATTRIBUTE
from paysandbox.core.claim import KEY_LIFETIME
from paysandbox.core.errors import Code, Refused
from paysandbox.core.instant import to_text
from paysandbox.payments.change import Change
from paysandbox.payments.decisions import Verdict, judge
from paysandbox.payments.expressions import update
from paysandbox.payments.items import Item, key, payment_from, payment_in, payment_item
from paysandbox.payments.payment import Payment
from paysandbox.payments.refusals import Wished, keep_refusal, kept_refusal, unless_refused

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
            ExpressionAttributeValues={":0": {"S": to_text(payment.created_at - KEY_LIFETIME)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        met = item_met(error) if refused_by_condition(error) else None
        if met is None:
            raise
        held = payment_in(met)
        if held is None:
            raise Refused(Code.IDEMPOTENCY_KEY_REUSED, "Use a new key for a different request.") from None
        return held, False
    return payment_from(item), True


@dataclass(frozen=True, slots=True)
class Seen:
    """A payment that was read before anything was decided of it, and the operation that is wished for."""

    payment: Payment
    wished: Wished


def change_payment(ledger: Ledger, decide: Callable[[Payment | None], Change]) -> Payment:
    """Record what `decide` says: one update, or a second one where the decision had to know the payment as it was met.

    Returns the payment after the change, or as it is where it holds the operation already (a replay). Raises Refused
    where a guard failed, with nothing written.
    """
    met: Payment | None = None
    for _ in range(MAX_TRIES):
        change = decide(met)
        written, item = _record(ledger, change)
        if written is not None:
            return written
        met = _payment_met(item)
        if judge(change, met) is Verdict.REPLAY and met is not None:
            return met
    raise _crowded()


def change_payment_keeping_refusals(
    ledger: Ledger, decide: Callable[[Payment | None], Change], *, seen: Seen | None = None
) -> Payment:
    """The same, and a refusal is kept on the payment: whoever repeats the request is told it again, as `replayed`.

    The first decision is taken of what was `seen`, where something was. A refusal of `decide` itself before it has seen
    or met a payment is not kept.
    """
    met, wished = (seen.payment, seen.wished) if seen else (None, None)
    for _ in range(MAX_TRIES):
        if met is not None and wished is not None and _holds(met, wished):
            return met
        try:
            change = decide(met)
        except Refused as refused:
            met = _keep(ledger, met, wished, refused)
            continue
        wished = Wished(operation_id=change.operation.id, request_id=change.operation.request_id)
        unless_kept = replace(change, guards=(*change.guards, unless_refused(wished.operation_id)))
        written, item = _record(ledger, unless_kept)
        if written is not None:
            return written
        met = _payment_met(item)
        if (kept := kept_refusal(item or {}, wished)) is not None:
            raise kept
        try:
            if judge(unless_kept, met) is Verdict.REPLAY and met is not None:
                return met
        except Refused as refused:
            met = _keep(ledger, met, wished, refused)
    raise _crowded()


def _keep(ledger: Ledger, met: Payment | None, wished: Wished | None, refused: Refused) -> Payment:
    """Keep a refusal and raise it; or the payment as it is now, where it changed meanwhile."""
    if met is None or wished is None or refused.code is Code.RESOURCE_NOT_FOUND:
        raise refused
    return keep_refusal(ledger, met, wished, refused)


def _payment_met(item: Item | None) -> Payment | None:
    return payment_from(item) if item and "operations" in item else None


def _crowded() -> Refused:
    return Refused(Code.SERVICE_UNAVAILABLE, "Other requests are changing this payment. Retry with the same key.")


def _record(ledger: Ledger, change: Change) -> tuple[Payment | None, Item | None]:
    """The payment after the change; or None where a condition failed, and the item as it was, if there is one."""
    purge_at = int(change.operation.at.timestamp()) + ledger.retention_s
    try:
        written = ledger.client.update_item(TableName=ledger.table, **update(change, purge_at))
    except ClientError as error:
        if not refused_by_condition(error):
            raise
        return None, item_met(error)
    return payment_from(written["Attributes"]), None


def _holds(payment: Payment, wished: Wished) -> bool:
    return any(operation.id == wished.operation_id for operation in payment.operations)


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
        if not refused_by_condition(error):
            raise
        return False
    return True


def get_payment(ledger: Ledger, payment_id: str) -> Payment | None:
    """The payment of that id as of now, or None."""
    found = ledger.client.get_item(TableName=ledger.table, Key=key(payment_id), ConsistentRead=True)
    return payment_in(found.get("Item"))


def keep_payment(ledger: Ledger, payment: Payment, until: int) -> None:
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
                ":2": {"S": to_text(payment.created_at)},
            },
        )
    except ClientError as error:
        if not refused_by_condition(error):
            raise
        raise Refused(Code.SERVICE_UNAVAILABLE, "Try again with the same key.") from None
