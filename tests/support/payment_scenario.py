"""A merchant's desk: what happens to one payment, step by step, decided by the real code.

    desk = Desk.open(ledger, build.authorized(10_00))
    run(desk, capture(4_00), wait(HOUR), refund(1_00, of=1))

The ledger is one in memory, or a real table. Steps are values, so that a table of cases can hold them. Captures are
numbered from 1 in the order of their success.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, Self

from paysandbox.aws.conditional_write import Ledger
from paysandbox.core.errors import Refused
from paysandbox.payments import rules
from paysandbox.payments.accounting import (
    FEE_INCOME,
    MEMO_HOLD,
    REFUND_CLEARING,
    SCHEME_RECEIVABLE,
    balances,
    merchant_available,
    merchant_pending,
    payment_postings,
)
from paysandbox.payments.change import Change
from paysandbox.payments.operation import Authorization, IntentUpdated, Refund, Settlement, Void
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.store import change_payment, get_payment, put_payment
from tests.support import build, tables

AMONG_MANY = 99
"""A number that no operation of a short test reaches: the id of nothing."""


class Books(Protocol):
    """Where payments are recorded."""

    def put(self, payment: Payment) -> None:
        """Record a new payment."""
        ...

    def get(self, payment_id: str) -> Payment | None:
        """The payment of that id, or None."""
        ...

    def change(self, payment_id: str, decide: Callable[[Payment | None], Change], /) -> Payment:
        """Record what `decide` says of it."""
        ...

    def items(self) -> Mapping[str, object]:
        """Everything that they hold, to compare with later."""
        ...


@dataclass(frozen=True, slots=True)
class OnTable:
    """The books that a table holds."""

    ledger: Ledger

    def put(self, payment: Payment) -> None:
        """As `table.payments` does."""
        put_payment(self.ledger, payment)

    def get(self, payment_id: str) -> Payment | None:
        """As `table.payments` does."""
        return get_payment(self.ledger, payment_id)

    def change(self, _: str, decide: Callable[[Payment | None], Change]) -> Payment:
        """As `table.payments` does."""
        return change_payment(self.ledger, decide)

    def items(self) -> Mapping[str, object]:
        """The items of the table."""
        return tables.items(self.ledger)


@dataclass(slots=True)
class PaymentScenario:
    """One payment in a ledger, who asks, and when. `asked` numbers the operations, whether or not they succeeded."""

    books: Books
    payment_id: str
    merchant: str
    now: datetime
    captures: list[str] = field(default_factory=list[str])
    asked: int = 0

    @classmethod
    def open(cls, ledger: Ledger | Books, payment: Payment) -> Self:
        """A desk at a payment that is put into the ledger now."""
        books = OnTable(ledger) if isinstance(ledger, Ledger) else ledger
        books.put(payment)
        return cls(books, payment.id, payment.merchant, payment.created_at, [*payment.captures], len(payment.amounts))

    def number(self, repeated: int | None) -> int:
        """The number of the next operation, or of one that is asked for again."""
        if repeated is not None:
            return repeated
        self.asked += 1
        return self.asked

    def capture_id(self, number: int) -> str:
        """The id of a capture by its number; of one that does not exist, an id that could be one."""
        if number <= len(self.captures):
            return self.captures[number - 1]
        return build.operation_id("cap", AMONG_MANY, self.payment_id)

    def held(self) -> Payment:
        """The payment as the table holds it."""
        payment = self.books.get(self.payment_id)
        assert payment is not None
        return payment

    def change(self, decide: Callable[[Payment | None], Change]) -> Payment:
        """Record what `decide` says of it."""
        return self.books.change(self.payment_id, decide)


Step = Callable[[PaymentScenario], Payment | None]


def named(step: Step, what: str, *asked: object, **parts: object) -> Step:
    """A step under the name by which a failing test should show it: `refund(100, of=1)`."""
    words = [str(word) for word in asked if word is not None]
    words += [f"{name}={value}" for name, value in parts.items() if value not in (None, False)]
    step.__name__ = f"{what}({', '.join(words)})"
    return step


def capture(
    amount: int | None = None, *, final: bool = False, currency: str | None = None, repeated: int | None = None
) -> Step:
    """Capture an amount, or what remains. `repeated` is the number of an operation whose id is used again."""

    def step(scenario: PaymentScenario) -> Payment:
        operation = build.capture(
            scenario.number(repeated), at=scenario.now, final=final, payment_id=scenario.payment_id
        )
        payment = scenario.change(
            lambda current: rules.capture(
                scenario.payment_id, scenario.merchant, operation, amount=amount, currency=currency, current=current
            )
        )
        if operation.id not in scenario.captures:
            scenario.captures.append(operation.id)
        return payment

    return named(step, "capture", amount, final=final, currency=currency, repeated=repeated)


def void(*, repeated: int | None = None) -> Step:
    """Give back what is not captured."""

    def step(scenario: PaymentScenario) -> Payment:
        operation = build.void(scenario.number(repeated), at=scenario.now, payment_id=scenario.payment_id)
        return scenario.change(lambda _: rules.void(scenario.payment_id, scenario.merchant, operation))

    return named(step, "void", repeated=repeated)


def refund(
    amount: int | None = None,
    *,
    of: int | None = None,
    currency: str | None = None,
    reason: str | None = None,
    repeated: int | None = None,
) -> Step:
    """Refund an amount or all: of the capture number `of`, or (None) by the authorization's id."""

    def step(scenario: PaymentScenario) -> Payment:
        operation = build.refund(
            scenario.number(repeated),
            of=None if of is None else scenario.capture_id(of),
            at=scenario.now,
            reason=reason,
            payment_id=scenario.payment_id,
        )
        return scenario.change(
            lambda current: rules.refund(
                scenario.payment_id, scenario.merchant, operation, amount=amount, currency=currency, current=current
            )
        )

    return named(step, "refund", amount, of=of, currency=currency, reason=reason, repeated=repeated)


def wait(time: timedelta) -> Step:
    """Time passes."""

    def step(scenario: PaymentScenario) -> None:
        scenario.now += time

    return named(step, "wait", time)


def asked_by(merchant: str) -> Step:
    """From here on somebody else asks."""

    def step(scenario: PaymentScenario) -> None:
        scenario.merchant = merchant

    return named(step, "asked_by", merchant)


def times(count: int, step: Step) -> list[Step]:
    """The same step again and again."""
    return [step] * count


def run(scenario: PaymentScenario, *steps: Step) -> None:
    """Do steps that are meant to succeed."""
    for step in steps:
        step(scenario)


def refused(scenario: PaymentScenario, step: Step) -> Refused | None:
    """The refusal of a step, after which the ledger must be as it was; None where it succeeded and the books agree."""
    before = scenario.books.items()
    try:
        step(scenario)
    except Refused as refusal:
        assert scenario.books.items() == before
        return refusal
    check(scenario.held())
    return None


def outcome(scenario: PaymentScenario, step: Step) -> str:
    """The code of a step's refusal, or the payment's status after it."""
    refusal = refused(scenario, step)
    return str(refusal.code if refusal else state_of(scenario.held()).status)


def check(payment: Payment) -> None:
    """What must be true of every payment at every moment: limits, counters equal to the fold, books that balance.

    Said a second time on purpose, and not by `payments/audit.py`: what the audit overlooks, this is to see.
    """
    state = state_of(payment)
    refunded = {capture_id: taken.refunded for capture_id, taken in state.captures.items()}
    left = {capture_id: taken.amount - taken.refunded for capture_id, taken in state.captures.items()}

    assert 0 <= state.refunded <= state.captured <= state.authorized
    assert payment.is_intent or state.authorized == payment.authorized
    assert all(0 <= refunded[capture_id] <= taken.amount for capture_id, taken in state.captures.items())
    assert state.captured + state.released + state.remaining == (0 if state.decline else state.authorized)

    attempts = [o for o in payment.operations if isinstance(o, Authorization)]
    promises = [attempt for attempt in attempts if not attempt.decline]
    assert len(promises) <= 1
    assert len(attempts) == 1 or payment.is_intent
    given_up = payment.is_intent and any(isinstance(o, Void) for o in payment.operations)
    assert payment.remaining == (state.remaining if promises or given_up else None)
    assert payment.refundable == state.captured - state.refunded == sum(left.values())
    assert payment.refundable == sum(line.gross for line in state.lines.values())
    loose = payment.unallocated_refund or 0
    assert loose == 0 or len(payment.captures) == 1
    assert {capture_id: counter - loose for capture_id, counter in payment.captures.items()} == left
    assert payment.version == len(payment.operations)
    moving = {o.id for o in payment.operations[1:] if not isinstance(o, IntentUpdated | Settlement)}
    assert set(payment.amounts) == moving
    spread = [o for o in payment.operations if isinstance(o, Refund) and o.spread]
    assert all(sum(part for _, part in o.spread) == payment.amounts[o.id] for o in spread)

    posted = balances(payment_postings(payment))
    accounts = {account: total for (account, _), total in posted.items()}
    assert {currency for _, currency in posted} <= {payment.currency}
    assert sum(posted.values()) == 0
    assert accounts.get(MEMO_HOLD, 0) == state.remaining
    unsettled = {line_id: line.gross for line_id, line in state.lines.items() if line.batch is None}
    settled = [line for line in state.lines.values() if line.batch is not None]
    fees = sum(line.fee for line in settled)
    assert accounts.get(SCHEME_RECEIVABLE, 0) == sum(unsettled.values())
    assert accounts.get(merchant_pending(payment.merchant), 0) == -sum(unsettled.values())
    assert accounts.get(merchant_available(payment.merchant), 0) == fees - sum(line.gross for line in settled)
    assert accounts.get(FEE_INCOME, 0) == -fees
    since = next((operation.at for operation in payment.operations if operation.id in unsettled), None)
    assert payment.unsettled_since == since
    assert since is None or payment.due_at == since
    assert accounts.get(REFUND_CLEARING, 0) == 0
