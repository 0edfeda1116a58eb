"""Settlement of a payment: its entries in a batch, and the change that records the settlement on the payment.

Entries are stored first and are authoritative. The payment's settlement is recorded afterwards with the same data, and
is then published as an event. Both are derived from the payment alone, so a repeated run produces the same entries and
settlement.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from paysandbox.core import ids
from paysandbox.core.break_type import BreakType
from paysandbox.core.cards.brand import Brand
from paysandbox.core.guard import Guard, Path
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.change import CREATED_AT, DUE_AT, UNSETTLED_SINCE, VERSION, Change, Term, Value
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.payments.operations.settlement import Settled, Settlement
from paysandbox.payments.payment import CONTRACT, LineKind, Payment, SettlementLine, state_of
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.fees import FeeSchedule


class ContradictionError(Exception):
    """A payment's records contradict each other or a batch. The payment is excluded with this reason, not settled."""

    def __init__(self, payment_id: str, reason: str) -> None:
        super().__init__(f"{payment_id}: {reason}")
        self.payment_id = payment_id
        self.reason = reason


@record
class Batch:
    """A batch: all settlement lines that were presented at `cutoff` or before and are in no earlier batch.

    `after` is the cut-off of the previous batch (None: there is none). What came about by then is late.
    """

    name: BatchName
    cutoff: datetime
    after: datetime | None = None


@record(kw_only=True)
class Entry:
    """A settlement line in a batch. Amounts are minor units of `currency`; `gross` is negative for a refund, a
    chargeback and its fee.

    `operation_id` is the line's ID: that of the capture, of the refund, of the operation by which the refund failed, or
    one of its own for what a dispute took or returned, or is shared with another merchant.
    `late`: by its time, it belongs to an earlier batch, which was already closed when it was presented, recorded or
    read.
    `planted` is the break that the payment's outcome plants into the report. It changes nothing else: all amounts are
    those of the ledger. `early`: by the payment's plan, it was available before its batch.
    """

    batch: str
    merchant: str
    currency: str
    operation_id: str
    payment_id: str
    kind: LineKind
    occurred_at: datetime
    gross: int
    fee: int
    brand: Brand
    last4: str
    reference: str | None = None
    late: bool = False
    planted: BreakType | None = None
    early: bool = False

    @property
    def net(self) -> int:
        """Net change of the merchant's balance."""
        return self.gross - self.fee


@record(kw_only=True)
class Exclusion:
    """A payment that is excluded from a batch, with the reason."""

    merchant: str
    payment_id: str
    reason: str


MAX_REASON_LENGTH: Final = 500


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Sort entries into report order: by time, then by id."""
    return sorted(entries, key=lambda entry: (entry.occurred_at, entry.operation_id))


def entries_of(payment: Payment, batch: Batch, fees: FeeSchedule) -> tuple[Entry, ...]:
    """Return a payment's entries in the batch, in report order.

    If the batch has already settled the payment, these are the settled entries with their recorded fees. Raises
    ContradictionError if the payment's operations, counters and postings contradict each other.
    """
    wrong = breaks_of(payment)
    if wrong:
        reason = "; ".join(f"{contradiction.rule}: {contradiction.detail}" for contradiction in wrong)
        raise ContradictionError(payment.id, reason[:MAX_REASON_LENGTH])
    name = str(batch.name)
    lines = state_of(payment).lines
    # Entries that this batch has settled are final, even if more operations from before the cut-off turn up later.
    mine = {line_id: line for line_id, line in lines.items() if line.batch == name} or {
        line_id: line for line_id, line in lines.items() if line.batch is None and _presented(line) <= batch.cutoff
    }
    planted = _planted(payment)
    taken = (_entry(payment, batch, fees, line_id, line, planted) for line_id, line in mine.items())
    return tuple(in_order(taken))


def settle(
    payment: Payment, entries: Collection[Entry], *, request_id: str, at: datetime, contract: int = CONTRACT
) -> Change | None:
    """Return the change that records a batch's entries on the payment, or None if they are already recorded.

    `entries` are the batch's stored entries of one merchant, the payment's or the one that it is shared with,
    regardless of the payment's current state. `at` is the time at which the batch was opened, so that it is the same in
    every run. The change is conditional on the version that was read.
    Afterwards, the payment is due if a line is in no batch or an amount remains to capture.

    Raises ContradictionError if an entry disagrees with the payment or is in another batch.
    """
    ((batch, merchant),) = {(entry.batch, entry.merchant) for entry in entries}
    of = None if merchant == payment.merchant else merchant
    operation_id = ids.settlement_id(payment.id, batch, of)
    if any(operation.id == operation_id for operation in payment.operations):
        return None
    state = state_of(payment)
    for entry in entries:
        line = state.lines.get(entry.operation_id)
        if line is None or (line.kind, line.gross, line.batch) != (entry.kind, entry.gross, None):
            raise ContradictionError(payment.id, f"{batch} has {entry.operation_id}, and the payment says otherwise")
        if (line.merchant or payment.merchant) != merchant:
            raise ContradictionError(payment.id, f"{batch} has {entry.operation_id} as a line of {merchant}")
    settled = tuple(Settled(entry.operation_id, entry.fee) for entry in in_order(entries))
    taken = {settled_line.id for settled_line in settled}
    left = [line for line_id, line in state.lines.items() if line.batch is None and line_id not in taken]
    assign: dict[Path, Value] = {}
    remove: tuple[Path, ...] = (UNSETTLED_SINCE, DUE_AT)
    if left:
        assign, remove = {DUE_AT: Term(CREATED_AT), UNSETTLED_SINCE: format_timestamp(left[0].at)}, ()
    elif state.remaining:
        assign, remove = {DUE_AT: Term(CREATED_AT)}, (UNSETTLED_SINCE,)
    return Change(
        payment_id=payment.id,
        merchant=payment.merchant,
        operation=Settlement(
            id=operation_id, request_id=request_id, at=at, contract=contract, batch=batch, settled=settled, of=of
        ),
        guards=(Guard(VERSION, "=", payment.version, None),),
        assign=assign,
        remove=remove,
    )


def has_early_funds(payment: Payment) -> bool:
    """Whether the plan of a payment lets its captures be available before they are settled."""
    if payment.plan is None:
        return False
    from paysandbox.payments.bank.plan import read_plan  # few payments have a plan

    return read_plan(payment.plan).funds_available


def _presented(line: SettlementLine) -> datetime:
    """Return when the network gets a line: that day's batch takes it."""
    return line.presented_at or line.at


def _planted(payment: Payment) -> BreakType | None:
    """Return the break that the payment's plan plants into the reports of its captures."""
    if payment.plan is None:
        return None
    from paysandbox.payments.bank.plan import read_plan  # few payments have a plan

    return read_plan(payment.plan).settle


def _entry(
    payment: Payment, batch: Batch, fees: FeeSchedule, line_id: str, line: SettlementLine, planted: BreakType | None
) -> Entry:
    card = authorization_of(payment).card
    return Entry(
        batch=str(batch.name),
        merchant=line.merchant or payment.merchant,
        currency=payment.currency,
        operation_id=line_id,
        payment_id=payment.id,
        kind=line.kind,
        occurred_at=line.at,
        gross=line.gross,
        fee=fees.fee_of_line(line, card.brand),
        brand=card.brand,
        last4=card.last4,
        reference=payment.annotations.reference,
        late=batch.after is not None and line.at <= batch.after,
        planted=planted if line.kind is LineKind.CAPTURE else None,
        early=line.kind is LineKind.CAPTURE and has_early_funds(payment),
    )
