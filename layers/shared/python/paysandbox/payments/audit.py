"""Audit payments: the operations, counters and postings of each must agree, and so must the totals.

Pure and read-only. Each disagreement is a `Break`, with the recorded value and the one that the operations imply. The
rules, in the order in which breaks are reported:

    operations  the first operation is the authorization or the creation of an intent; every operation is unique,
                belongs to this payment and has an amount; a refund follows its captures, and its parts add up to its
                amount; an update of notes is of an operation of the payment; a settlement follows the captures and
                refunds that it settles, and each is settled once. If this rule fails, the operations cannot be folded,
                and the other rules are skipped.
    limits      0 <= refunded, pending refunds and disputed <= captured <= authorized, for each capture and in total,
                after every operation; one approval at most, and no movement of money after a decline; increments follow
                an approval and no capture
    counters    version, remaining, refundable, captures and pending refunds equal the fold over the operations; a
                payment with unsettled captures or refunds has a due time and is marked as unsettled; it is open until
                its last timer
    shares      what a payment shares with another merchant: both have one line each of it, and one loses what the other
                gets; no more is transferred than captured, and nothing is returned beyond what was shared
    postings    the payment's account balances match its counters
    books       the same over all payments: account balances match the totals of the counters, and the trial balance
                and the memo accounts are 0 in each currency
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from paysandbox.core import ids
from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.record import record
from paysandbox.payments.accounting import balances, payment_postings
from paysandbox.payments.accounts import (
    BANK_CASH,
    DISPUTE_FEE_INCOME,
    FEE_INCOME,
    MEMO_HOLD,
    MEMO_HOLD_CONTRA,
    REFUND_CLEARING,
    SCHEME_RECEIVABLE,
    merchant_available,
    merchant_pending,
)
from paysandbox.payments.connect.fee_refunded import FeeRefunded
from paysandbox.payments.connect.share_moved import ShareMoved
from paysandbox.payments.connect.shares import shared_with
from paysandbox.payments.connect.transfer_reversed import TransferReversed
from paysandbox.payments.connect.transferred import Transferred
from paysandbox.payments.disputes.dispute import MAX_DISPUTES, Dispute, open_dispute
from paysandbox.payments.disputes.step import DisputeStep, added_lines, kind_of_open
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.operations.dispute_decided import DisputeDecided
from paysandbox.payments.operations.dispute_escalated import DisputeEscalated
from paysandbox.payments.operations.dispute_opened import DisputeOpened
from paysandbox.payments.operations.dispute_withdrawn import DisputeWithdrawn
from paysandbox.payments.operations.evidence_submitted import EvidenceSubmitted
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.fraud_warning import FraudWarning
from paysandbox.payments.operations.increment import Increment
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.notes_updated import NotesUpdated
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import (
    ENDED,
    FEE_KINDS,
    SHARED_KINDS,
    AuthorizationBegun,
    Operation,
    Payment,
    State,
    Status,
    Step,
    state_of,
    steps,
)
from paysandbox.payments.refund_status import OPEN_REFUND, RefundStatus

NONE: Final = "none"
"""A value that is not stored, in a break."""

LEDGER: Final = "the ledger"
"""Location of a break that does not belong to a single payment."""

_PREFIXES: Final[Mapping[type[Operation], str]] = {
    Authorization: ids.ATTEMPT,  # a later one: the first operation has the payment's own id
    ChallengeRequested: ids.ATTEMPT,
    AuthorizationPending: ids.ATTEMPT,
    Authentication: ids.AUTHENTICATION,
    RefundUpdated: ids.REFUND_UPDATE,
    CaptureFailed: ids.CAPTURE_FAILURE,
    PresentmentDelayed: ids.PRESENTMENT,
    Reversal: ids.REVERSAL,
    Increment: ids.INCREMENT,
    FraudWarning: ids.FRAUD_WARNING,
    DisputeOpened: ids.DISPUTE_OPENING,
    EvidenceSubmitted: ids.EVIDENCE,
    DisputeDecided: ids.DISPUTE_DECISION,
    DisputeWithdrawn: ids.DISPUTE_WITHDRAWAL,
    DisputeEscalated: ids.DISPUTE_ESCALATION,
    IntentUpdated: ids.REVISION,
    NotesUpdated: ids.REVISION,
    Capture: ids.CAPTURE,
    Void: ids.VOID,
    Expiry: ids.EXPIRY,
    Refund: ids.REFUND,
    Settlement: ids.SETTLEMENT,
    FeeRefunded: ids.FEE_REFUND,
    Transferred: ids.TRANSFER,
    TransferReversed: ids.TRANSFER_REVERSAL,
}

_UPDATES: Final = (IntentUpdated, NotesUpdated)
_WITHOUT_AMOUNT: Final = (
    Settlement,
    *_UPDATES,
    AuthorizationBegun,
    Authentication,
    RefundUpdated,
    PresentmentDelayed,
    FraudWarning,
    DisputeStep,
    ShareMoved,
)

Balances = Counter[tuple[str, str]]
"""Minor units by (account, currency): debits minus credits."""


@record(kw_only=True)
class Break:
    """A disagreement between two records: the rule, the location (a payment's ID, or the ledger), and the values."""

    rule: str
    where: str
    detail: str


@dataclass(slots=True, kw_only=True)
class Books:
    """The totals over all audited payments. `left_out` counts payments whose operations cannot be folded."""

    payments: int = 0
    left_out: int = 0
    posted: Balances = field(default_factory=Counter[tuple[str, str]])
    counted: Balances = field(default_factory=Counter[tuple[str, str]])

    def take(self, payment: Payment) -> tuple[Break, ...]:
        """Add a payment to the totals, and return the payment's own breaks."""
        self.payments += 1
        invalid = tuple(_operations(payment))
        if invalid:
            self.left_out += 1
            return invalid
        _add(self.posted, balances(payment_postings(payment)))
        _add(self.counted, _expected_balances(payment))
        return _consistency(payment)

    def close(self) -> tuple[Break, ...]:
        """Return the breaks of the totals. Call it once, after the last payment."""
        breaks = [Break(rule="books", where=LEDGER, detail=text) for text in _differences(self.posted, self.counted)]
        for currency in sorted({currency for _, currency in self.posted}):
            of_currency = {account: total for (account, code), total in self.posted.items() if code == currency}
            memo = of_currency.get(MEMO_HOLD, 0) + of_currency.get(MEMO_HOLD_CONTRA, 0)
            for name, total in (("trial balance", sum(of_currency.values())), ("memo book", memo)):
                if total:
                    detail = f"the {name} is {amount_with_code(total, currency)}, not 0"
                    breaks.append(Break(rule="books", where=LEDGER, detail=detail))
        return tuple(breaks)


def breaks_of(payment: Payment) -> tuple[Break, ...]:
    """Return the breaks of a single payment."""
    return tuple(_operations(payment)) or _consistency(payment)


@record(kw_only=True)
class Entry:
    """A line of a payment's audit trail: an operation, its time, and the payment's status after it.

    From the first operation that cannot be folded, `amount` and `status` are None.
    """

    operation_id: str
    kind: str
    at: datetime
    request_id: str
    amount: int | None
    status: Status | None


def trail(payment: Payment) -> tuple[Entry, ...]:
    """Return every operation of a payment in order, even if the payment is inconsistent."""
    lines: list[Entry] = []
    state: State | None = State()
    for operation in payment.operations:
        amount = _amount(payment, operation, state)
        state = _after(state, operation, amount)
        kind = type(operation).__name__.lower()
        status = state.status if state else None
        lines.append(
            Entry(
                operation_id=operation.id,
                kind=kind,
                at=operation.at,
                request_id=operation.request_id,
                amount=amount,
                status=status,
            )
        )
    return tuple(lines)


def _amount(payment: Payment, operation: Operation, state: State | None) -> int | None:
    try:
        return operation.amount_in(payment, state or State())
    except LookupError:  # it has no amount, or settles a missing capture or refund
        return None


def _after(state: State | None, operation: Operation, amount: int | None) -> State | None:
    if state is None or amount is None:
        return None
    try:
        return operation.after(state, amount)
    except (LookupError, StopIteration):  # a refund of a missing capture, or a second settlement
        return None


def _consistency(payment: Payment) -> tuple[Break, ...]:
    return (*_limits(payment), *_counters(payment), *_shares(payment), *_postings(payment))


def _operations(payment: Payment) -> Iterator[Break]:
    """Check that the operations can be folded."""
    first, *rest = payment.operations or (None,)
    if not isinstance(first, (Authorization, AuthorizationBegun, IntentCreated)) or first.id != payment.id:
        yield Break(
            rule="operations",
            where=payment.id,
            detail=f"its first operation is {first.id if first else 'missing'}, not its authorization or intent",
        )
    for operation, times in Counter(operation.id for operation in payment.operations).items():
        if times > 1:
            yield Break(rule="operations", where=payment.id, detail=f"{operation} is recorded {times} times")
    captures: set[str] = set()
    for operation in filter(None, rest):
        yield from _one_operation(payment, operation, captures)
        if isinstance(operation, Capture):
            captures.add(operation.id)
        if isinstance(operation, CaptureFailed):
            captures.discard(operation.capture_id)
    yield from _authentications(payment)
    yield from _refund_updates(payment)
    yield from _disputes(payment)
    yield from _settlements(payment)
    yield from _parties(payment)
    moving = {operation.id for operation in filter(None, rest) if not isinstance(operation, _WITHOUT_AMOUNT)}
    for operation_id in sorted(payment.amounts.keys() - moving):
        yield Break(
            rule="operations",
            where=payment.id,
            detail=f"{operation_id} has an amount, but is not an operation of the payment",
        )
    empty_voids = _empty_voids(payment)
    for operation_id, amount in {payment.id: payment.authorized, **payment.amounts}.items():
        if amount < (operation_id not in empty_voids):
            detail = f"the amount of {operation_id} is {amount_with_code(amount, payment.currency)}"
            yield Break(rule="operations", where=payment.id, detail=detail)


def _empty_voids(payment: Payment) -> set[str]:
    """Return the IDs of voids and expiries of a payment that was never approved: their amount is 0."""
    approved = any(isinstance(operation, Authorization) and not operation.decline for operation in payment.operations)
    if approved:
        return set()
    return {operation.id for operation in payment.operations if isinstance(operation, (Void, Expiry))}


def _one_operation(payment: Payment, operation: Operation, captures: set[str]) -> Iterator[Break]:
    if isinstance(operation, IntentCreated) or (isinstance(operation, Authorization) and operation.id == payment.id):
        yield Break(rule="operations", where=payment.id, detail=f"{operation.id} is a second authorization")
        return
    belongs = ids.payment_of(operation.id) == payment.id
    if not belongs or ids.kind_of(operation.id) != _PREFIXES[type(operation)]:
        yield Break(
            rule="operations", where=payment.id, detail=f"{operation.id} is the ID of another payment or operation type"
        )
    if operation.id not in payment.amounts and not isinstance(operation, _WITHOUT_AMOUNT):
        yield Break(rule="operations", where=payment.id, detail=f"{operation.id} has no amount")
    if isinstance(operation, NotesUpdated) and operation.of not in {recorded.id for recorded in payment.operations}:
        yield Break(
            rule="operations",
            where=payment.id,
            detail=f"{operation.id} updates {operation.of}, which is not an operation of the payment",
        )
    if (
        isinstance(operation, (CaptureFailed, PresentmentDelayed, FraudWarning, FeeRefunded))
        and operation.capture_id not in captures
    ):
        detail = f"{operation.id} is about {operation.capture_id}, which is not a capture of the payment"
        yield Break(rule="operations", where=payment.id, detail=detail)
    if isinstance(operation, Refund):
        spread = sum(part for _, part in operation.spread)
        if operation.spread and spread != payment.amounts.get(operation.id):
            detail = f"the parts of {operation.id} add up to {amount_with_code(spread, payment.currency)}"
            yield Break(rule="operations", where=payment.id, detail=detail)
        named = [capture_id for capture_id, _ in operation.spread] or [operation.capture_id]
        for capture_id in named:
            if capture_id not in captures and not (capture_id is None and len(captures) == 1):
                detail = f"{operation.id} refunds {capture_id or 'the only capture'}, which does not exist"
                yield Break(rule="operations", where=payment.id, detail=detail)


def _authentications(payment: Payment) -> Iterator[Break]:
    """Check that each authentication is of the challenge that waits for it."""
    waiting: str | None = None
    for operation in payment.operations:
        if isinstance(operation, AuthorizationBegun):
            waiting = operation.id if isinstance(operation, ChallengeRequested) else None
        elif isinstance(operation, Authentication) and operation.challenge_id != waiting:
            detail = f"{operation.id} is of {operation.challenge_id}, which is not waiting for an authentication"
            yield Break(rule="operations", where=payment.id, detail=detail)
        elif isinstance(operation, (Authorization, Void, Expiry)) or (
            isinstance(operation, Authentication) and operation.failed
        ):
            waiting = None


def _refund_updates(payment: Payment) -> Iterator[Break]:
    """Check that each update is of a refund that can still change so."""
    statuses: dict[str, RefundStatus] = {}
    for operation in payment.operations:
        if isinstance(operation, Refund):
            statuses[operation.id] = RefundStatus.PENDING if operation.pending else RefundStatus.SUCCEEDED
        if isinstance(operation, RefundUpdated):
            was = statuses.get(operation.refund_id)
            fails = was is RefundStatus.SUCCEEDED and operation.status is RefundStatus.FAILED
            if was not in OPEN_REFUND and not fails:
                detail = f"{operation.id} makes {operation.refund_id} {operation.status}, which is {was or 'missing'}"
                yield Break(rule="operations", where=payment.id, detail=detail)
            statuses[operation.refund_id] = operation.status


def _disputes(payment: Payment) -> Iterator[Break]:
    """Check that each step is of a dispute that can take it, and that the disputes are numbered without a gap."""
    disputes: dict[str, Dispute] = {}
    for operation in payment.operations:
        if not isinstance(operation, DisputeStep):
            continue
        number = len(disputes) + isinstance(operation, DisputeOpened)
        known = {*disputes, ids.dispute_id(payment.id, number)}
        if operation.dispute_id not in known or number > MAX_DISPUTES:
            detail = f"{operation.id} is of {operation.dispute_id}, which is not a dispute of the payment"
            yield Break(rule="operations", where=payment.id, detail=detail)
            continue
        try:
            disputes[operation.dispute_id] = operation.dispute_after(disputes)
        except LookupError as error:
            yield Break(rule="operations", where=payment.id, detail=str(error.args[0]))


def _settlements(payment: Payment) -> Iterator[Break]:
    unsettled: set[str] = set()
    disputes: dict[str, Dispute] = {}
    statuses: dict[str, RefundStatus] = {}
    for operation, (before, after) in zip(payment.operations, _shared_lines(payment), strict=True):
        unsettled = (unsettled - (before - after)) | (after - before)
        match operation:
            case Capture():
                unsettled.add(operation.id)
            case CaptureFailed():
                unsettled.discard(operation.capture_id)
            case Refund(pending=False):
                unsettled.add(operation.id)
                statuses[operation.id] = RefundStatus.SUCCEEDED
            case RefundUpdated():
                if operation.status is RefundStatus.SUCCEEDED:
                    unsettled.add(operation.refund_id)
                elif statuses.get(operation.refund_id) is RefundStatus.SUCCEEDED:
                    unsettled.add(operation.id)
                statuses[operation.refund_id] = operation.status
            case DisputeStep():
                unsettled |= _lines_of_dispute(disputes, operation)
            case Settlement():
                yield from _one_settlement(payment, operation, unsettled)
            case _:
                pass


def _parties(payment: Payment) -> Iterator[Break]:
    """Check that a settlement is of lines of one merchant, and that no more of a share is returned than is left."""
    state: State | None = State()
    for operation in payment.operations:
        if state is None:
            return  # reported as another break
        if isinstance(operation, Settlement):
            for settled in operation.settled:
                line = state.lines.get(settled.id)
                if line is not None and line.merchant != operation.of:
                    detail = f"{operation.id} settles {settled.id}, which is a line of another merchant"
                    yield Break(rule="operations", where=payment.id, detail=detail)
        state = _after(state, operation, _amount(payment, operation, state))
        if state is None and (moved := _moved_beyond(operation)):
            yield Break(rule="operations", where=payment.id, detail=f"{operation.id} {moved} than is left")


def _moved_beyond(operation: Operation) -> str | None:
    """Return what of a share an operation moved that cannot follow, or None if it moves none by itself."""
    match operation:
        case FeeRefunded():
            return f"refunds more of the fee of {operation.capture_id}"
        case Transferred():
            return f"transfers more to {operation.to}"
        case TransferReversed():
            return f"reverses more of the transfer of {operation.of}"
        case _:
            return None


def _shared_lines(payment: Payment) -> Iterator[tuple[set[str], set[str]]]:
    """Yield the IDs of the settlement lines between two merchants before and after each operation."""
    state: State | None = State()
    before: set[str] = set()
    for operation in payment.operations:
        state = _after(state, operation, _amount(payment, operation, state))
        lines = (state or State()).lines
        after = {line_id for line_id, line in lines.items() if line.kind in SHARED_KINDS}
        yield before, after
        before = after


def _lines_of_dispute(disputes: dict[str, Dispute], step: DisputeStep) -> set[str]:
    """Apply a step to the disputes, and return the IDs of the settlement lines that it adds."""
    before = disputes.get(step.dispute_id)
    try:
        after = step.dispute_after(disputes)
    except LookupError:
        return set()  # reported as a break of the disputes
    disputes[after.id] = after
    return {line_id for line_id, _, _ in added_lines(step, before, after)}


def _one_settlement(payment: Payment, operation: Settlement, unsettled: set[str]) -> Iterator[Break]:
    """Check a settlement, and remove the captures and refunds that it settles from `unsettled`."""
    if operation.id != ids.settlement_id(payment.id, operation.batch, operation.of):
        yield Break(
            rule="operations",
            where=payment.id,
            detail=f"{operation.id} is not the settlement ID for batch {operation.batch}",
        )
    if not operation.settled:
        yield Break(rule="operations", where=payment.id, detail=f"{operation.id} settles nothing")
    for settled in operation.settled:
        if settled.id not in unsettled:
            yield Break(
                rule="operations",
                where=payment.id,
                detail=f"{operation.id} settles {settled.id}, which is not an unsettled capture or refund",
            )
        if settled.fee < 0:
            detail = f"the fee of {settled.id} is {amount_with_code(settled.fee, payment.currency)}"
            yield Break(rule="operations", where=payment.id, detail=detail)
        unsettled.discard(settled.id)


def _limits(payment: Payment) -> Iterator[Break]:
    money = partial(amount_with_code, currency=payment.currency)
    for step in steps(payment):
        state = step.after
        returned = state.refunded + state.refund_pending + state.disputed
        if min(state.remaining, state.refunded, state.refund_pending) < 0 or not (
            returned <= state.captured <= state.authorized
        ):
            totals = {
                "authorized": state.authorized,
                "captured": state.captured,
                "released": state.released,
                "refunded or disputed": returned,
            }
            yield _limit(payment, step, ", ".join(f"{name} {money(total)}" for name, total in totals.items()))
        for capture_id, balance in state.captures.items():
            if balance.refundable < 0:
                refunded = money(balance.refunded + balance.pending + balance.disputed)
                detail = f"{refunded} is refunded or disputed of {capture_id}, whose amount is {money(balance.amount)}"
                yield _limit(payment, step, detail)
        if isinstance(step.operation, (Void, Expiry)) and state.remaining:
            yield _limit(payment, step, f"{money(state.remaining)} remains")
        if step.before.decline and not isinstance(step.operation, _after_decline(payment, step.before)):
            yield _limit(payment, step, "the payment was already declined")
        if isinstance(step.operation, Increment) and (step.before.captured or not step.before.remaining):
            yield _limit(payment, step, "nothing was held, or part of it was captured")
        if isinstance(step.operation, Authorization) and step.before.is_approved_or_closed:
            yield _limit(payment, step, "the payment was already approved or closed")


def _after_decline(payment: Payment, state: State) -> tuple[type[Operation], ...]:
    """Return the operations that may follow a decline: updates, another attempt, and the end of one.

    Only an intent can be voided between two attempts.
    """
    ends = (Authentication, Void, Expiry) if state.attempt else (Void,) if payment.is_intent else ()
    return (*_UPDATES, Authorization, AuthorizationBegun, *ends)


def _limit(payment: Payment, step: Step, detail: str) -> Break:
    return Break(rule="limits", where=payment.id, detail=f"after {step.operation.id}: {detail}")


def _counters(payment: Payment) -> Iterator[Break]:
    state = state_of(payment)
    left = {capture_id: balance.refundable for capture_id, balance in state.captures.items()}
    if payment.unallocated_refund is not None and len(left) == 1:
        # Refunded by the authorization's ID, and not yet subtracted from the only capture's counter.
        left = {capture_id: amount + payment.unallocated_refund for capture_id, amount in left.items()}
    pending = {of: refund.amount for of, refund in state.refunds.items() if refund.status in OPEN_REFUND}
    due = [timer.at for operation in payment.operations for timer in operation.timers]
    refundable = state.captured - state.refunded - state.refund_pending - state.disputed
    money = partial(_amounts, currency=payment.currency)
    pairs: Mapping[str, tuple[object, object]] = {
        "version": (payment.version, len(payment.operations)),
        "remaining": (money(payment.remaining), money(state.remaining if state.is_approved_or_closed else None)),
        "refundable": (money(payment.refundable), money(refundable)),
        "captures": (money(payment.captures), money(left)),
        "pending_refunds": (money(payment.pending_refunds or {}), money(pending)),
        "open_until": (payment.open_until, max(due, default=None)),
        "dispute": (payment.dispute, _dispute(state)),
    }
    for name, (stored, folded) in pairs.items():
        if stored != folded:
            ours, theirs = (NONE if value is None else value for value in (stored, folded))
            detail = f"{name} is {ours}, but its operations give {theirs}"
            yield Break(rule="counters", where=payment.id, detail=detail)
    unsettled = [line_id for line_id, line in state.lines.items() if line.batch is None]
    if unsettled and (payment.unsettled_since is None or payment.due_at is None):
        yield Break(rule="counters", where=payment.id, detail=f"{unsettled[0]} is in no batch, but is not due")
    if payment.unsettled_since is not None and not unsettled:
        yield Break(rule="counters", where=payment.id, detail="unsettled_since is set, but everything is settled")


def _amounts(amounts: int | Mapping[str, int] | None, *, currency: str) -> str | None:
    """Format an amount, or amounts by capture or refund in the order of their IDs. None if there is none."""
    if isinstance(amounts, Mapping):
        each = (f"{amount_with_code(amount, currency)} of {of}" for of, amount in sorted(amounts.items()))
        return ", ".join(each) or None
    return None if amounts is None else amount_with_code(amounts, currency)


def _dispute(state: State) -> str | None:
    if not state.disputes:
        return None
    dispute = open_dispute(state.disputes)
    return kind_of_open(dispute) if dispute else ENDED


def _shares(payment: Payment) -> Iterator[Break]:
    state, money = state_of(payment), partial(amount_with_code, currency=payment.currency)
    sides = Counter[tuple[str, str]]()
    for line in state.lines.values():
        if line.kind in SHARED_KINDS:
            sides[line.shared_by or "", str(line.kind)] += line.gross
            if line.merchant not in (None, line.other) or not line.other:
                detail = f"a {line.kind} of {line.shared_by} is of {line.merchant}, and shared with {line.other}"
                yield Break(rule="shares", where=payment.id, detail=detail)
    for (of, kind), total in sorted(sides.items()):
        if total:
            yield Break(rule="shares", where=payment.id, detail=f"{kind} of {of} adds up to {money(total)}")
    transferred = sum(share.transfer_left for share in state.shares.values())
    if transferred > state.captured:
        detail = f"{money(transferred)} are transferred of {money(state.captured)}"
        yield Break(rule="shares", where=payment.id, detail=detail)
    for of, share in state.shares.items():
        alone = state.captures[of].amount if of in state.captures else 0
        captured = state.captured if share.is_separate else alone
        if min(share.transfer_left, share.fee_left, share.transfer, share.fee) < 0 or not (
            max(share.transfer, share.fee) <= captured
        ):
            detail = (
                f"{of} of {money(captured)} shares {money(share.transfer)} and {money(share.fee)}, "
                f"and {money(share.reversed)} and {money(share.fee_refunded)} are returned"
            )
            yield Break(rule="shares", where=payment.id, detail=detail)


def _postings(payment: Payment) -> Iterator[Break]:
    for detail in _differences(balances(payment_postings(payment)), _expected_balances(payment)):
        yield Break(rule="postings", where=payment.id, detail=detail)


def _expected_balances(payment: Payment) -> Balances:
    """Return the account balances that a payment's counters imply. All other accounts must be 0."""
    remaining, state = payment.remaining or 0, state_of(payment)
    in_batch = [line for line in state.lines.values() if line.batch is not None]
    settled = [line for line in in_batch if line.merchant is None]
    gross, fees = sum(line.gross for line in settled), sum(line.fee for line in settled)
    paid = sum(line.gross for line in settled if line.kind not in (*FEE_KINDS, *SHARED_KINDS))
    pending = sum((payment.pending_refunds or {}).values())
    expected: Balances = Counter()
    expected[MEMO_HOLD, payment.currency] = remaining
    expected[MEMO_HOLD_CONTRA, payment.currency] = -remaining
    expected[SCHEME_RECEIVABLE, payment.currency] = payment.refundable + pending - paid
    expected[REFUND_CLEARING, payment.currency] = -pending
    expected[merchant_pending(payment.merchant), payment.currency] = (
        gross - payment.refundable + state.dispute_fees - shared_with(state)
    )
    expected[merchant_available(payment.merchant), payment.currency] = fees - gross
    expected[FEE_INCOME, payment.currency] = -fees
    expected[DISPUTE_FEE_INCOME, payment.currency] = -state.dispute_fees
    expected[BANK_CASH, payment.currency] = paid
    for line in state.lines.values():
        if line.merchant is not None:
            expected[merchant_pending(line.merchant), payment.currency] -= line.gross if line.batch is None else 0
            expected[merchant_available(line.merchant), payment.currency] -= line.gross if line.batch else 0
    return expected


def _differences(posted: Balances, counted: Balances) -> Iterator[str]:
    for account, currency in sorted({*posted, *counted}):
        total, expected = posted[account, currency], counted[account, currency]
        if total != expected:
            yield (
                f"{account} is {amount_with_code(total, currency)} by the postings, "
                f"but {amount_with_code(expected, currency)} by the counters"
            )


def _add(sums: Balances, more: Mapping[tuple[str, str], int]) -> None:
    # Counter's own `+` drops values that are not positive.
    for account, total in more.items():
        sums[account] += total
