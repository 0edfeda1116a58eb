"""Balance transactions: what moved a merchant's balance, derived from a payment's operations and settlement. Pure.

    capture                 less its fee
    capture_failed          a capture that the network rejected, with its fee
    refund                  as it is accepted
    refund_failed           a refund that failed or was canceled
    chargeback              what a dispute took, with the fee of the dispute
    chargeback_reversal     what it returned
    transfer                what goes from a charge to another merchant, and transfer_reversal what comes back of it
    application_fee         what a platform takes of a charge, and application_fee_refund what it gives back

Both merchants that share a payment have one of each transfer, fee, and return. One is pending until a settlement batch
has it, and so is the merchant's balance: what has been settled is available, and is paid out with the batch. What is
taken back before it was settled is in no batch. It and what took it back cancel each other out, and are available at
once. So is a capture whose plan says `funds=available`; its payout is that of its batch nevertheless.

The fee of a capture is that of its settlement line (`FeeSchedule.fee_of_line`). What a version of Stripe's API shows as
a refund of released money moves nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from paysandbox.core.record import record, replace
from paysandbox.payments.connect.shares import shared_line_id
from paysandbox.payments.disputes.step import DisputeStep, added_lines
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.payments.payment import FEE_KINDS, SHARED_KINDS, LineKind, Operation, Payment, SettlementLine, Step
from paysandbox.payments.refund_status import OPEN_REFUND, RefundStatus
from paysandbox.settlement.business_day import business_date, cutoff_of
from paysandbox.settlement.fees import FeeSchedule
from paysandbox.settlement.settlement import has_early_funds


class TransactionKind(StrEnum):
    """What moved the balance."""

    CAPTURE = "capture"
    CAPTURE_FAILED = "capture_failed"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    CHARGEBACK = "chargeback"
    CHARGEBACK_REVERSAL = "chargeback_reversal"
    TRANSFER = "transfer"
    TRANSFER_REVERSAL = "transfer_reversal"
    APPLICATION_FEE = "application_fee"
    APPLICATION_FEE_REFUND = "application_fee_refund"


_OF_DISPUTES: Final = {
    LineKind.CHARGEBACK: TransactionKind.CHARGEBACK,
    LineKind.CHARGEBACK_REVERSAL: TransactionKind.CHARGEBACK_REVERSAL,
}
"""By the settlement line of the disputed amount."""
_RETURNED: Final = {
    LineKind.TRANSFER: LineKind.TRANSFER_REVERSAL,
    LineKind.APPLICATION_FEE: LineKind.APPLICATION_FEE_REFUND,
}


@record(kw_only=True)
class BalanceTransaction:
    """What moved the balance of `merchant`. Amounts are in minor units of `currency`: `amount` and `fee` are negative
    for what is taken and for a fee that is returned.

    `id` is that of its settlement line, or of the operation if there is none. `operation_id` is what moved it at `at`.
    `object_id` is the capture, refund or dispute that it is of, and for what two merchants share the operation that
    shares it. `of_other` tells that it is the other merchant's, and not that of the merchant of the payment.
    `available_on` is when it became available, or is expected to, as the next nightly batch takes it. `is_early` tells
    that it is available by its payment's plan, and in no batch yet.
    """

    id: str
    kind: TransactionKind
    merchant: str
    currency: str
    amount: int
    fee: int
    at: datetime
    operation_id: str
    object_id: str
    of_other: bool
    available_on: datetime
    is_available: bool
    is_early: bool

    @property
    def net(self) -> int:
        """What the balance changes by."""
        return self.amount - self.fee


def transactions_of(
    payment: Payment, steps: Sequence[Step], fees: FeeSchedule, *, since: int = 0
) -> Iterator[BalanceTransaction]:
    """Yield the balance transactions of the first steps of a payment, of every merchant that shares it, oldest first.

    The fee of a capture in no batch is that of `fees`. Steps before the one at `since` are left out.
    """
    return _Derivation(payment, steps).transactions(fees, since)


def transactions_of_dispute(payment: Payment, steps: Sequence[Step], dispute_id: str) -> Iterator[BalanceTransaction]:
    """Yield what a dispute took and returned, each with the fee of the dispute: negative if it is returned."""
    return _Derivation(payment, steps).of_dispute(dispute_id)


@dataclass(slots=True)
class _Derivation:
    """What the steps of a payment moved."""

    payment: Payment
    steps: Sequence[Step]

    def transactions(self, fees: FeeSchedule, since: int) -> Iterator[BalanceTransaction]:
        cleared = _cleared(self.steps)
        for step in self.steps[since:]:
            match step.operation:
                case Capture() | CaptureFailed():
                    yield self._of_capture(step, fees, cleared)
                case Refund() | RefundUpdated():
                    yield from self._of_refund(step, cleared)
                case DisputeStep():
                    yield from self._of_dispute(step, step.operation, cleared)
                case _:
                    pass
            yield from self._of_shares(step, cleared)

    def of_dispute(self, dispute_id: str) -> Iterator[BalanceTransaction]:
        cleared = _cleared(self.steps)
        for step in self.steps:
            if isinstance(step.operation, DisputeStep) and step.operation.dispute_id == dispute_id:
                yield from self._of_dispute(step, step.operation, cleared)

    def _of_capture(self, step: Step, fees: FeeSchedule, cleared: Mapping[str, datetime]) -> BalanceTransaction:
        """Return the transaction of a capture, or of its failure, which returns amount and fee."""
        operation = step.operation
        capture_id = operation.capture_id if isinstance(operation, CaptureFailed) else operation.id
        line = self._line(capture_id) or SettlementLine(kind=LineKind.CAPTURE, gross=step.amount, at=operation.at)
        fee = fees.fee_of_line(line, _approved(self.steps).card.brand)
        sign, kind = (
            (1, TransactionKind.CAPTURE) if operation.id == capture_id else (-1, TransactionKind.CAPTURE_FAILED)
        )
        return self._transaction(operation, kind, operation.id, cleared, capture_id, sign * step.amount, sign * fee)

    def _of_refund(self, step: Step, cleared: Mapping[str, datetime]) -> Iterator[BalanceTransaction]:
        """Yield that of a refund, or of its failure. That it has succeeded, or waits, moves nothing."""
        match step.operation:
            case Refund() as refund:
                kind, of, amount = TransactionKind.REFUND, refund.id, -step.amount
            case RefundUpdated(status=RefundStatus.FAILED | RefundStatus.CANCELED) as update:
                kind, of, amount = TransactionKind.REFUND_FAILED, update.refund_id, step.amount
            case _:
                return
        line = self._line(step.operation.id)
        fee = line.fee if line else 0
        yield self._transaction(step.operation, kind, step.operation.id, cleared, of, amount, fee)

    def _of_dispute(
        self, step: Step, operation: DisputeStep, cleared: Mapping[str, datetime]
    ) -> Iterator[BalanceTransaction]:
        """Yield what a step of a dispute took or returned, with the dispute's fee."""
        of = operation.dispute_id
        added = added_lines(operation, step.before.disputes.get(of), step.after.disputes[of])
        lines = {kind: (line_id, gross) for line_id, kind, gross in added}
        fee = -sum(gross for kind, (_, gross) in lines.items() if kind in FEE_KINDS)
        for line_kind, kind in _OF_DISPUTES.items():
            if line_kind in lines:
                line_id, amount = lines[line_kind]
                yield self._transaction(operation, kind, line_id, cleared, of, amount, fee)

    def _of_shares(self, step: Step, cleared: Mapping[str, datetime]) -> Iterator[BalanceTransaction]:
        """Yield what a step moved between two merchants, for each of them."""
        before, after = step.before.lines, step.after.lines
        if before is after:
            return
        for line_id, line in after.items():
            if line.kind in SHARED_KINDS and line_id not in before:
                yield self._of_share(step, cleared, line_id, line)
        for line_id, line in before.items():
            # A capture that fails takes with it what it shared.
            if line.kind in SHARED_KINDS and line_id not in after:
                back = replace(line, kind=_RETURNED.get(line.kind, line.kind), gross=-line.gross)
                yield self._of_share(step, cleared, _returned_line(step.operation.id, line_id, line), back)

    def _of_share(
        self, step: Step, cleared: Mapping[str, datetime], line_id: str, line: SettlementLine
    ) -> BalanceTransaction:
        kind, shared_by = TransactionKind(line.kind), line.shared_by or ""
        return self._transaction(step.operation, kind, line_id, cleared, shared_by, line.gross, 0, line.merchant)

    def _transaction(
        self,
        operation: Operation,
        kind: TransactionKind,
        line_id: str,
        cleared: Mapping[str, datetime],
        object_id: str,
        amount: int,
        fee: int,
        other: str | None = None,
    ) -> BalanceTransaction:
        line = self._line(line_id)
        presented_at = (line and line.presented_at) or operation.at
        available_at = cleared.get(line_id)
        is_early = available_at is None and kind is TransactionKind.CAPTURE and has_early_funds(self.payment)
        if is_early:
            available_at = operation.at
        return BalanceTransaction(
            id=line_id,
            kind=kind,
            merchant=other or self.payment.merchant,
            currency=self.payment.currency,
            amount=amount,
            fee=fee,
            at=operation.at,
            operation_id=operation.id,
            object_id=object_id,
            of_other=other is not None,
            available_on=available_at or cutoff_of(business_date(presented_at)),
            is_available=available_at is not None,
            is_early=is_early,
        )

    def _line(self, line_id: str) -> SettlementLine | None:
        return self.steps[-1].after.lines.get(line_id)


def _returned_line(operation_id: str, line_id: str, line: SettlementLine) -> str:
    """Derive the ID of what cancels a line of a capture that has failed. It is in no batch."""
    # What shares has one transfer and one fee, and may have several returns of each.
    of = line.shared_by if line.kind in _RETURNED else line_id
    return shared_line_id(operation_id, of or "", line.kind, of_other=line.merchant is not None)


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


def _approved(steps: Sequence[Step]) -> Authorization:
    approvals = (step.operation for step in reversed(steps) if isinstance(step.operation, Authorization))
    approved = next((operation for operation in approvals if not operation.decline), None)
    if approved is None:
        raise AssertionError("What captured was never approved")
    return approved
