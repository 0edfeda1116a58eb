"""The audit: do the operations, counters and postings of every payment tell one story, and do the books add up?

Pure. Nothing here decides or mends: what does not agree is a `Break`, with what is recorded and what follows from the
operations. Rules, in the order in which a break is told:

    operations  begins with its authorization, or with an intent to ask for one; every operation once, of this
                payment, with its amount; a refund's captures came before it and its parts are its amount; what a
                settlement settles came before it, and no other one settled it. Where this fails, nothing can be folded
                and nothing else is said.
    limits      0 <= refunded <= captured <= authorized, of each capture and in total, after every operation; one
                promise, and nothing that moves money after a decline
    counters    version, remaining, refundable and captures equal the fold over the operations; while something is in
                no batch it is due, and known to be unsettled
    postings    the payment's accounts hold what its counters say
    books       the same over all payments: the accounts hold what the counters add up to, the trial balance and the
                memo book are 0 in each currency
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from paysandbox.core import ids
from paysandbox.payments.accounting import (
    BANK_CASH,
    FEE_INCOME,
    MEMO_HOLD,
    MEMO_HOLD_CONTRA,
    SCHEME_RECEIVABLE,
    balances,
    merchant_available,
    merchant_pending,
    payment_postings,
)
from paysandbox.payments.operation import (
    Authorization,
    Capture,
    Expiry,
    IntentCreated,
    IntentUpdated,
    Operation,
    Refund,
    Settlement,
    Void,
)
from paysandbox.payments.payment import Payment, State, Status, Step, amount_of, state_of, steps

LEDGER: Final = "the ledger"
"""Where a break is that is no single payment's."""

_PREFIXES: Final[Mapping[type[Operation], str]] = {
    Authorization: ids.ATTEMPT,  # of an intent: the first operation has the payment's own id
    IntentUpdated: ids.REVISION,
    Capture: ids.CAPTURE,
    Void: ids.VOID,
    Expiry: ids.EXPIRY,
    Refund: ids.REFUND,
    Settlement: ids.SETTLEMENT,
}

Balances = Counter[tuple[str, str]]
"""Minor units by (account, currency): debits minus credits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Two records that disagree: by which rule, where (a payment's id, or the ledger), and in which numbers."""

    rule: str
    where: str
    detail: str


@dataclass(slots=True, kw_only=True)
class Books:
    """The sums over all payments that were taken in. `left_out` are payments whose operations cannot be folded."""

    payments: int = 0
    left_out: int = 0
    posted: Balances = field(default_factory=Counter[tuple[str, str]])
    counted: Balances = field(default_factory=Counter[tuple[str, str]])

    def take(self, payment: Payment) -> tuple[Break, ...]:
        """Add a payment to the sums, and tell what is wrong with it by itself."""
        self.payments += 1
        wrong = tuple(_operations(payment))
        if wrong:
            self.left_out += 1
            return wrong
        _add(self.posted, balances(payment_postings(payment)))
        _add(self.counted, _as_counters_say(payment))
        return _of_a_story(payment)

    def close(self) -> tuple[Break, ...]:
        """What is wrong with the sums. Once, after the last payment."""
        told = [Break(rule="books", where=LEDGER, detail=sentence) for sentence in _unlike(self.posted, self.counted)]
        for currency in sorted({currency for _, currency in self.posted}):
            of_currency = {account: total for (account, code), total in self.posted.items() if code == currency}
            memo = of_currency.get(MEMO_HOLD, 0) + of_currency.get(MEMO_HOLD_CONTRA, 0)
            for name, total in (("trial balance", sum(of_currency.values())), ("memo book", memo)):
                if total:
                    told.append(Break(rule="books", where=LEDGER, detail=f"the {name} in {currency} is {total}, not 0"))
        return tuple(told)


def breaks_of(payment: Payment) -> tuple[Break, ...]:
    """What is wrong with one payment by itself."""
    return tuple(_operations(payment)) or _of_a_story(payment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a payment's audit trail: what happened, when, and where the payment stood after it.

    `amount` and `status` are None from the first operation on that cannot be folded.
    """

    operation_id: str
    kind: str
    at: datetime
    request_id: str
    amount: int | None
    status: Status | None


def trail(payment: Payment) -> tuple[Entry, ...]:
    """Every operation of the payment, in order, also of a payment that does not agree with itself."""
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
        return amount_of(payment, operation, state or State())
    except LookupError:  # it has none, or settles what is not there
        return None


def _after(state: State | None, operation: Operation, amount: int | None) -> State | None:
    if state is None or amount is None:
        return None
    try:
        return state.after(operation, amount)
    except (LookupError, StopIteration):  # a refund of a capture that is not there, a second settlement
        return None


def _of_a_story(payment: Payment) -> tuple[Break, ...]:
    return (*_limits(payment), *_counters(payment), *_postings(payment))


def _operations(payment: Payment) -> Iterator[Break]:
    """Whether there is a story to fold at all."""
    first, *rest = payment.operations or (None,)
    if not isinstance(first, (Authorization, IntentCreated)) or first.id != payment.id:
        yield Break(
            rule="operations",
            where=payment.id,
            detail=f"it begins with {first.id if first else 'nothing'}, not with itself",
        )
    for operation, times in Counter(operation.id for operation in payment.operations).items():
        if times > 1:
            yield Break(rule="operations", where=payment.id, detail=f"{operation} is there {times} times")
    captures: set[str] = set()
    for operation in filter(None, rest):
        yield from _one_operation(payment, operation, captures)
        if isinstance(operation, Capture):
            captures.add(operation.id)
    yield from _settlements(payment)
    moving = {
        operation.id for operation in filter(None, rest) if not isinstance(operation, (Settlement, IntentUpdated))
    }
    for operation_id in sorted(payment.amounts.keys() - moving):
        yield Break(
            rule="operations", where=payment.id, detail=f"{operation_id} has an amount, and is no operation of it"
        )
    given_up = _given_up(payment)
    for operation_id, amount in {payment.id: payment.authorized, **payment.amounts}.items():
        if amount < (operation_id not in given_up):
            yield Break(rule="operations", where=payment.id, detail=f"an amount is {amount}")


def _given_up(payment: Payment) -> set[str]:
    """Voids of an intent that no bank had promised anything: they gave back nothing."""
    opened = isinstance(next(iter(payment.operations), None), IntentCreated)
    promised = any(isinstance(one, Authorization) and not one.decline for one in payment.operations)
    return {one.id for one in payment.operations if isinstance(one, Void)} if opened and not promised else set()


def _one_operation(payment: Payment, operation: Operation, captures: set[str]) -> Iterator[Break]:
    if isinstance(operation, IntentCreated) or (isinstance(operation, Authorization) and not payment.is_intent):
        yield Break(rule="operations", where=payment.id, detail=f"{operation.id} authorizes it again")
        return
    of_it = ids.payment_of(operation.id) == payment.id
    if not of_it or ids.kind_of(operation.id) != _PREFIXES[type(operation)]:
        yield Break(rule="operations", where=payment.id, detail=f"{operation.id} is the id of something else")
    if operation.id not in payment.amounts and not isinstance(operation, (Settlement, IntentUpdated)):
        yield Break(rule="operations", where=payment.id, detail=f"{operation.id} has no amount")
    if isinstance(operation, Refund):
        spread = sum(part for _, part in operation.spread)
        if operation.spread and spread != payment.amounts.get(operation.id):
            yield Break(
                rule="operations", where=payment.id, detail=f"the parts of {operation.id} are {spread} together"
            )
        named = [capture_id for capture_id, _ in operation.spread] or [operation.capture_id]
        for capture_id in named:
            if capture_id not in captures and not (capture_id is None and len(captures) == 1):
                told = f"{operation.id} is of {capture_id or 'the only capture'}, which is not there"
                yield Break(rule="operations", where=payment.id, detail=told)


def _settlements(payment: Payment) -> Iterator[Break]:
    unsettled: set[str] = set()
    for operation in payment.operations:
        if isinstance(operation, (Capture, Refund)):
            unsettled.add(operation.id)
        if isinstance(operation, Settlement):
            yield from _one_settlement(payment, operation, unsettled)


def _one_settlement(payment: Payment, operation: Settlement, unsettled: set[str]) -> Iterator[Break]:
    """Takes what it settles out of `unsettled`."""
    if operation.id != ids.settlement_id(payment.id, operation.batch):
        yield Break(
            rule="operations", where=payment.id, detail=f"{operation.id} is not what settles batch {operation.batch}"
        )
    if not operation.settled:
        yield Break(rule="operations", where=payment.id, detail=f"{operation.id} settles nothing")
    for settled in operation.settled:
        if settled.id not in unsettled:
            yield Break(
                rule="operations",
                where=payment.id,
                detail=f"{operation.id} settles {settled.id}, which is not there to settle",
            )
        if settled.fee < 0:
            yield Break(rule="operations", where=payment.id, detail=f"the fee of {settled.id} is {settled.fee}")
        unsettled.discard(settled.id)


def _limits(payment: Payment) -> Iterator[Break]:
    for step in steps(payment):
        state = step.after
        if state.remaining < 0 or not 0 <= state.refunded <= state.captured <= state.authorized:
            told = f"authorized {state.authorized}, captured {state.captured}, released {state.released}"
            yield _limit(payment, step, f"{told}, refunded {state.refunded}")
        for capture_id, taken in state.captures.items():
            if taken.refunded > taken.amount:
                yield _limit(payment, step, f"{taken.refunded} refunded of the {taken.amount} of {capture_id}")
        if isinstance(step.operation, (Void, Expiry)) and state.remaining:
            yield _limit(payment, step, f"{state.remaining} still remain")
        if step.before.decline and not isinstance(step.operation, _after_decline(payment)):
            yield _limit(payment, step, "it was declined before")
        if isinstance(step.operation, Authorization) and step.before.is_answered:
            yield _limit(payment, step, "it was promised or had ended before")


def _after_decline(payment: Payment) -> tuple[type[Operation], ...]:
    """What may follow a decline: of an intent, another attempt or its end; of any payment, what is said of it."""
    return (Authorization, IntentUpdated, Void) if payment.is_intent else (IntentUpdated,)


def _limit(payment: Payment, step: Step, told: str) -> Break:
    return Break(rule="limits", where=payment.id, detail=f"after {step.operation.id}: {told}")


def _counters(payment: Payment) -> Iterator[Break]:
    state = state_of(payment)
    left = {capture_id: taken.amount - taken.refunded for capture_id, taken in state.captures.items()}
    if payment.unallocated_refund is not None and len(left) == 1:
        # Refunded by the authorization's id, and not yet taken off the only capture's own counter.
        left = {capture_id: amount + payment.unallocated_refund for capture_id, amount in left.items()}
    pairs: Mapping[str, tuple[object, object]] = {
        "version": (payment.version, len(payment.operations)),
        "remaining": (payment.remaining, state.remaining if state.is_answered else None),
        "refundable": (payment.refundable, state.captured - state.refunded),
        "captures": (dict(payment.captures), left),
    }
    for name, (kept, folded) in pairs.items():
        if kept != folded:
            yield Break(rule="counters", where=payment.id, detail=f"{name} is {kept}, and its operations make {folded}")
    unsettled = [line_id for line_id, line in state.lines.items() if line.batch is None]
    if unsettled and (payment.unsettled_since is None or payment.due_at is None):
        yield Break(rule="counters", where=payment.id, detail=f"{unsettled[0]} is in no batch, and nothing is due")
    if payment.unsettled_since is not None and not unsettled:
        yield Break(rule="counters", where=payment.id, detail="unsettled_since is there, and all is settled")


def _postings(payment: Payment) -> Iterator[Break]:
    for sentence in _unlike(balances(payment_postings(payment)), _as_counters_say(payment)):
        yield Break(rule="postings", where=payment.id, detail=sentence)


def _as_counters_say(payment: Payment) -> Balances:
    """What a payment's accounts must hold. An account that is not named here (refund_clearing) must hold nothing."""
    remaining = payment.remaining or 0
    settled = [line for line in state_of(payment).lines.values() if line.batch is not None]
    gross, fees = sum(line.gross for line in settled), sum(line.fee for line in settled)
    held: Balances = Counter()
    held[MEMO_HOLD, payment.currency] = remaining
    held[MEMO_HOLD_CONTRA, payment.currency] = -remaining
    held[SCHEME_RECEIVABLE, payment.currency] = payment.refundable - gross
    held[merchant_pending(payment.merchant), payment.currency] = gross - payment.refundable
    held[merchant_available(payment.merchant), payment.currency] = fees - gross
    held[FEE_INCOME, payment.currency] = -fees
    held[BANK_CASH, payment.currency] = gross
    return held


def _unlike(posted: Balances, counted: Balances) -> Iterator[str]:
    for account, currency in sorted({*posted, *counted}):
        total, wanted = posted[account, currency], counted[account, currency]
        if total != wanted:
            yield f"{account} is {total} {currency} by the postings, and {wanted} by the counters"


def _add(sums: Balances, more: Mapping[tuple[str, str], int]) -> None:
    # Counter's own `+` drops what is not positive.
    for account, total in more.items():
        sums[account] += total
