"""Stripe's BalanceTransaction: what moved a merchant's balance, derived from a payment's operations and settlement.

    charge                  a capture, less its fee
    refund                  a refund as it is accepted
    refund_failure          a refund that failed or was canceled
    payment_failure_refund  a capture that the network rejected, with its fee
    adjustment              what a dispute took or returned, with the fee of the dispute
    transfer                what goes from a charge to an account, and transfer_refund its reversal
    payment                 a transfer, for the account that gets it, and payment_refund its reversal
    application_fee         what the platform takes of a charge, and application_fee_refund what it gives back
    payout                  the payout of a settlement batch

One is pending until a settlement batch has it, and so is the merchant's balance: what has been settled is available,
and is paid out with the batch. What is taken back before it was settled is in no batch. It and what took it back cancel
each other out, and are available at once. So is a capture whose plan says `funds=available`; its payout is that of its
batch nevertheless.

The fee of a capture is that of its settlement line (`FeeSchedule.fee_of_line`). What a version of Stripe's API shows as
a refund of released money moves nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from paysandbox.core.record import record, replace
from paysandbox.core.stripe_amounts import from_ledger
from paysandbox.http.answer import Body
from paysandbox.payments.connect.shares import shared_line_id
from paysandbox.payments.disputes.step import DisputeStep, added_lines
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.payments.payment import FEE_KINDS, LineKind, Operation, SettlementLine, Step
from paysandbox.payments.refund_status import OPEN_REFUND, RefundStatus
from paysandbox.settlement.business_day import business_date, cutoff_of
from paysandbox.settlement.close import Payout
from paysandbox.settlement.fees import FeeSchedule
from paysandbox.stripe_api.ids import (
    balance_transaction_id,
    charge_id,
    fee_of_capture,
    fee_refund_id,
    payment_of_transfer,
    payout_transaction_id,
    refund_id,
    refund_of_reversal,
    stripe_payout_id,
    transfer_by,
    transfer_reversal_id,
)
from paysandbox.stripe_api.objects.charge import charge_notes
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot

CHARGE: Final = "charge"
REFUND: Final = "refund"
REFUND_FAILURE: Final = "refund_failure"
CHARGE_FAILURE: Final = "payment_failure_refund"
DISPUTE: Final = "adjustment"
TRANSFER: Final = "transfer"
TRANSFER_REVERSAL: Final = "transfer_refund"
PAYOUT: Final = "payout"

_CATEGORIES: Final[Mapping[str, str]] = {CHARGE_FAILURE: "charge_failure"}
"""The reporting category of a type, where Stripe calls it something else ("Reporting categories")."""
_DISPUTES: Final[Mapping[LineKind, tuple[str, str]]] = {
    LineKind.CHARGEBACK: ("Chargeback withdrawal", "dispute"),
    LineKind.CHARGEBACK_REVERSAL: ("Chargeback reversal", "dispute_reversal"),
}
"""The description of a dispute's balance transaction and its reporting category, by the settlement line of the amount.
"""
SHARED: Final[Mapping[LineKind, str]] = {
    LineKind.TRANSFER: TRANSFER,
    LineKind.TRANSFER_REVERSAL: TRANSFER_REVERSAL,
    LineKind.APPLICATION_FEE: "application_fee",
    LineKind.APPLICATION_FEE_REFUND: "application_fee_refund",
}
"""The types of what two merchants share, by the settlement line."""
_OF_ACCOUNT: Final[Mapping[LineKind, str]] = {
    LineKind.TRANSFER: "payment",
    LineKind.TRANSFER_REVERSAL: "payment_refund",
}
"""Those of a transfer for the account that gets it."""
_RETURNED: Final = {
    LineKind.TRANSFER: LineKind.TRANSFER_REVERSAL,
    LineKind.APPLICATION_FEE: LineKind.APPLICATION_FEE_REFUND,
}
_PROCESSING_FEE: Final = "Stripe processing fees"
_DISPUTE_FEE: Final = "Dispute fee"


@record(kw_only=True)
class BalanceTransaction:
    """What moved a merchant's balance. Amounts are in minor units of the ledger: `amount` and `fee` are negative for
    what is taken and for a fee that is returned.

    `source` is the ID of the charge, refund, dispute or payout, and `moved_by` the operation that moved it (None: a
    batch). `available_on` is when it became available, or is expected to, as the next nightly batch takes it.
    `is_early` tells that it is available by its payment's plan, and in no batch yet.
    """

    id: str
    type: str
    category: str
    currency: str
    amount: int
    fee: int = 0
    fee_description: str = _PROCESSING_FEE
    source: str
    description: str | None
    at: datetime
    available_on: datetime
    is_available: bool
    moved_by: str | None = None
    is_early: bool = False

    @property
    def net(self) -> int:
        """What the balance changes by."""
        return self.amount - self.fee


def balance_transactions_of(
    snapshot: PaymentSnapshot, fees: FeeSchedule, merchant: str | None = None
) -> Iterator[BalanceTransaction]:
    """Yield the balance transactions of a payment, oldest first. The fee of a capture in no batch is that of `fees`.

    They are those of a `merchant`, if it is named: the payment's, or one that the payment is shared with.
    """
    cleared = _cleared(snapshot.steps)
    other = None if merchant in (None, snapshot.payment.merchant) else merchant
    for step in snapshot.steps:
        if other is None:
            yield from _of_own(snapshot, step, fees, cleared)
        yield from _of_share(snapshot, step, cleared, other)


def _of_own(
    snapshot: PaymentSnapshot, step: Step, fees: FeeSchedule, cleared: Mapping[str, datetime]
) -> Iterator[BalanceTransaction]:
    """Yield what a step moved between the merchant and the cardholder."""
    match step.operation:
        case Capture() | CaptureFailed():
            yield _of_capture(snapshot, step, fees, cleared)
        case Refund() | RefundUpdated():
            yield from _of_refund(snapshot, step, cleared)
        case DisputeStep():
            yield from _of_dispute(snapshot, step, cleared)
        case _:
            pass


def _of_share(
    snapshot: PaymentSnapshot, step: Step, cleared: Mapping[str, datetime], other: str | None
) -> Iterator[BalanceTransaction]:
    """Yield what a step moved between two merchants: what the other one got, or the payment's own (None)."""
    before, after = step.before.lines, step.after.lines
    if before is after:
        return
    for line_id, line in after.items():
        if line.kind in SHARED and line.merchant == other and line_id not in before:
            yield _shared(snapshot, step, cleared, line_id, line)
    for line_id, line in before.items():
        # A capture that fails takes with it what it shared.
        if line.kind in SHARED and line.merchant == other and line_id not in after:
            back = replace(line, kind=_RETURNED.get(line.kind, line.kind), gross=-line.gross)
            yield _shared(snapshot, step, cleared, _returned_line(step.operation.id, line_id, line), back)


def _returned_line(operation_id: str, line_id: str, line: SettlementLine) -> str:
    """Derive the ID of what cancels a line of a capture that has failed. It is in no batch."""
    # What shares has one transfer and one fee, and may have several returns of each.
    of = line.shared_by if line.kind in _RETURNED else line_id
    return shared_line_id(operation_id, of or "", line.kind, of_other=line.merchant is not None)


def _shared(
    snapshot: PaymentSnapshot, step: Step, cleared: Mapping[str, datetime], line_id: str, line: SettlementLine
) -> BalanceTransaction:
    of, shared_by = step.operation.id, line.shared_by or ""
    transfer, fee = transfer_by(shared_by), fee_of_capture(shared_by)
    reversal = transfer_reversal_id(transfer, of)
    source = {
        LineKind.TRANSFER: transfer,
        LineKind.TRANSFER_REVERSAL: reversal,
        LineKind.APPLICATION_FEE: fee,
        LineKind.APPLICATION_FEE_REFUND: fee_refund_id(fee, of),
    }[line.kind]
    kind = SHARED[line.kind]
    if line.merchant is not None and line.kind in _OF_ACCOUNT:
        kind, source = _OF_ACCOUNT[line.kind], payment_of_transfer(transfer)
        if line.kind is LineKind.TRANSFER_REVERSAL:
            source = refund_of_reversal(reversal)
    return _transaction(
        snapshot, step.operation, cleared, kind=kind, line_id=line_id, amount=line.gross, source=source,
        description=None,
    )  # fmt: skip


def balance_transactions_of_dispute(snapshot: PaymentSnapshot, dispute_id: str) -> Iterator[BalanceTransaction]:
    """Yield what a dispute took and returned, each with the dispute's fee: negative if it is returned."""
    cleared = _cleared(snapshot.steps)
    for step in snapshot.steps:
        if isinstance(step.operation, DisputeStep) and step.operation.dispute_id == dispute_id:
            yield from _of_dispute(snapshot, step, cleared)


def balance_transaction_of_payout(payout: Payout, at: datetime) -> BalanceTransaction:
    """Return that of a payout. `at` is when its batch was opened."""
    return BalanceTransaction(
        id=payout_transaction_id(payout.batch, payout.currency),
        type=PAYOUT,
        category=PAYOUT,
        currency=payout.currency,
        amount=-payout.amount,
        source=stripe_payout_id(payout.id),
        description="STRIPE PAYOUT",
        at=at,
        available_on=at,
        is_available=True,
    )


def balance_transaction_body(transaction: BalanceTransaction) -> Body:
    """Return the BalanceTransaction, with its amounts as Stripe counts them. Its source is an ID."""
    currency = transaction.currency.lower()
    amount, fee = (from_ledger(minor, transaction.currency) for minor in (transaction.amount, transaction.fee))
    return {
        "id": transaction.id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": int(transaction.available_on.timestamp()),
        "balance_type": "payments",
        "created": int(transaction.at.timestamp()),
        "currency": currency,
        "description": transaction.description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [_fee_detail(fee, currency, transaction.fee_description)] if fee else [],
        "net": amount - fee,
        "reporting_category": transaction.category,
        "source": transaction.source,
        "status": "available" if transaction.is_available else "pending",
        "type": transaction.type,
    }


def _of_capture(
    snapshot: PaymentSnapshot, step: Step, fees: FeeSchedule, cleared: Mapping[str, datetime]
) -> BalanceTransaction:
    """Return the charge of a capture, or its failure, which returns amount and fee."""
    operation, approved = step.operation, _approved(snapshot)
    capture_id = operation.capture_id if isinstance(operation, CaptureFailed) else operation.id
    line = snapshot.state.lines.get(capture_id) or SettlementLine(
        kind=LineKind.CAPTURE, gross=step.amount, at=operation.at
    )
    fee = fees.fee_of_line(line, approved.card.brand)
    sign, kind = (-1, CHARGE_FAILURE) if isinstance(operation, CaptureFailed) else (1, CHARGE)
    return _transaction(
        snapshot,
        operation,
        cleared,
        kind=kind,
        amount=sign * step.amount,
        fee=sign * fee,
        source=charge_id(approved.id),
        description=_described(snapshot) if sign > 0 else _about("PAYMENT FAILURE", snapshot),
    )


def _of_refund(snapshot: PaymentSnapshot, step: Step, cleared: Mapping[str, datetime]) -> Iterator[BalanceTransaction]:
    """Yield the refund, or its failure. That it has succeeded, or waits, moves nothing."""
    match step.operation:
        case Refund() as refund:
            kind, of, amount, about = REFUND, refund.id, -step.amount, "REFUND FOR CHARGE"
        case RefundUpdated(status=RefundStatus.FAILED | RefundStatus.CANCELED) as update:
            kind, of, amount, about = REFUND_FAILURE, update.refund_id, step.amount, "REFUND FAILURE"
        case _:
            return
    line = snapshot.state.lines.get(step.operation.id)
    yield _transaction(
        snapshot,
        step.operation,
        cleared,
        kind=kind,
        amount=amount,
        fee=line.fee if line else 0,
        source=refund_id(of),
        description=_about(about, snapshot),
    )


def _of_dispute(snapshot: PaymentSnapshot, step: Step, cleared: Mapping[str, datetime]) -> Iterator[BalanceTransaction]:
    operation = step.operation
    if not isinstance(operation, DisputeStep):
        raise AssertionError(f"{operation.id} is no step of a dispute")
    added = added_lines(
        operation, step.before.disputes.get(operation.dispute_id), step.after.disputes[operation.dispute_id]
    )
    lines = {kind: (line_id, gross) for line_id, kind, gross in added}
    fee = -sum(gross for kind, (_, gross) in lines.items() if kind in FEE_KINDS)
    for kind, (description, category) in _DISPUTES.items():
        if kind in lines:
            line_id, amount = lines[kind]
            yield _transaction(
                snapshot,
                operation,
                cleared,
                kind=DISPUTE,
                category=category,
                line_id=line_id,
                amount=amount,
                fee=fee,
                fee_description=_DISPUTE_FEE,
                source=operation.dispute_id,
                description=f"{description} for {charge_id(_approved(snapshot).id)}",
            )


def _transaction(
    snapshot: PaymentSnapshot,
    operation: Operation,
    cleared: Mapping[str, datetime],
    *,
    kind: str,
    amount: int,
    source: str,
    description: str | None,
    category: str | None = None,
    line_id: str | None = None,
    fee: int = 0,
    fee_description: str = _PROCESSING_FEE,
) -> BalanceTransaction:
    line_id = line_id or operation.id
    line = snapshot.state.lines.get(line_id)
    presented_at = (line and line.presented_at) or operation.at
    available_at = cleared.get(line_id)
    is_early = available_at is None and kind == CHARGE and _funds_are_available(snapshot)
    if is_early:
        available_at = operation.at
    return BalanceTransaction(
        id=balance_transaction_id(line_id),
        type=kind,
        category=category or _CATEGORIES.get(kind, kind),
        currency=snapshot.payment.currency,
        amount=amount,
        fee=fee,
        fee_description=fee_description,
        source=source,
        description=description,
        at=operation.at,
        available_on=available_at or cutoff_of(business_date(presented_at)),
        is_available=available_at is not None,
        moved_by=operation.id,
        is_early=is_early,
    )


def _funds_are_available(snapshot: PaymentSnapshot) -> bool:
    if snapshot.payment.plan is None:
        return False
    from paysandbox.payments.bank.plan import read_plan  # few payments have a plan

    return read_plan(snapshot.payment.plan).funds_available


def _cleared(steps: Iterable[Step]) -> dict[str, datetime]:
    """Return when each settlement line left the pending balance: its batch was opened, or it was taken back before.

    What took it back is named too, and so is a refund that was never a line.
    """
    cleared: dict[str, datetime] = {}
    for step in steps:
        match step.operation:
            case Settlement() as settlement:
                cleared |= dict.fromkeys((settled.id for settled in settlement.settled), settlement.at)
            case CaptureFailed() as failure:
                cleared |= dict.fromkeys((failure.capture_id, failure.id), failure.at)
                for line_id, line in step.before.lines.items():
                    if line.shared_by and line_id not in step.after.lines:
                        cleared |= dict.fromkeys((line_id, _returned_line(failure.id, line_id, line)), failure.at)
            case RefundUpdated(status=RefundStatus.FAILED | RefundStatus.CANCELED) as update:
                if step.before.refunds[update.refund_id].status in OPEN_REFUND:
                    cleared |= dict.fromkeys((update.refund_id, update.id), update.at)
            case _:
                pass
    return cleared


def _approved(snapshot: PaymentSnapshot) -> Authorization:
    if snapshot.approved is None:
        raise AssertionError(f"{snapshot.payment.id} has no charge that moved money")
    return snapshot.approved


def _described(snapshot: PaymentSnapshot) -> str | None:
    return charge_notes(snapshot, _approved(snapshot).id).description or None


def _about(what: str, snapshot: PaymentSnapshot) -> str:
    described = _described(snapshot)
    return f"{what} ({described})" if described else what


def _fee_detail(fee: int, currency: str, description: str) -> Body:
    return {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": description,
        "type": "stripe_fee",
    }
