"""Scenario of one payment, executed step by step with the real rules.

    scenario = PaymentScenario.open(ledger, build.authorized(10_00))
    run(scenario, capture(4_00), wait(HOUR), refund(1_00, of=1))

The ledger is in memory or a real table. Steps are values, so that they can be in tables of test cases. Successful
captures are numbered from 1 in order.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, Self

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.errors import Refused
from paysandbox.payments.accounting import balances, payment_postings
from paysandbox.payments.accounts import (
    DISPUTE_FEE_INCOME,
    FEE_INCOME,
    MEMO_HOLD,
    REFUND_CLEARING,
    SCHEME_RECEIVABLE,
    merchant_available,
    merchant_pending,
)
from paysandbox.payments.bank.response import Response
from paysandbox.payments.change import Change
from paysandbox.payments.disputes.step import DisputeStep
from paysandbox.payments.ledger.store import change_payment, get_payment, put_payment
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.fraud_warning import FraudWarning
from paysandbox.payments.operations.increment import Increment
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.notes_updated import NotesUpdated
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import AuthorizationBegun, Payment, state_of
from paysandbox.payments.rules.capture import capture as capture_rule
from paysandbox.payments.rules.increment import increment as increment_rule
from paysandbox.payments.rules.refund import refund as refund_rule
from paysandbox.payments.rules.void import void as void_rule
from tests.support.builders import build
from tests.support.worlds import tables

AMONG_MANY = 99
"""A number above those of all operations in a short test, for ids that do not exist."""

WITHOUT_AMOUNT = (
    AuthorizationBegun,
    Authentication,
    DisputeStep,
    FraudWarning,
    IntentUpdated,
    NotesUpdated,
    PresentmentDelayed,
    RefundUpdated,
    Settlement,
)
"""Operations that have no amount of their own."""


class Books(Protocol):
    """A store of payments."""

    def put(self, payment: Payment) -> None:
        """Store a new payment."""
        ...

    def get(self, payment_id: str) -> Payment | None:
        """Return the payment, or None if there is none."""
        ...

    def change(self, payment_id: str, decide: Callable[[Payment | None], Change], /) -> Payment:
        """Apply the change that `decide` returns."""
        ...

    def items(self) -> Mapping[str, object]:
        """Return all contents, for later comparison."""
        ...


@dataclass(frozen=True, slots=True)
class OnTable:
    """Payments in a DynamoDB table."""

    ledger: Ledger

    def put(self, payment: Payment) -> None:
        """Call `payments.store`."""
        put_payment(self.ledger, payment)

    def get(self, payment_id: str) -> Payment | None:
        """Call `payments.store`."""
        return get_payment(self.ledger, payment_id)

    def change(self, _: str, decide: Callable[[Payment | None], Change]) -> Payment:
        """Call `payments.store`."""
        return change_payment(self.ledger, decide)

    def items(self) -> Mapping[str, object]:
        """Return the items of the table."""
        return tables.items(self.ledger)


@dataclass(slots=True)
class PaymentScenario:
    """A payment in a ledger, the requesting merchant and the time. `asked` counts operations, including failed ones."""

    books: Books
    payment_id: str
    merchant: str
    now: datetime
    captures: list[str] = field(default_factory=list[str])
    asked: int = 0

    @classmethod
    def open(cls, ledger: Ledger | Books, payment: Payment) -> Self:
        """Store a payment in the ledger, and return its scenario."""
        books = OnTable(ledger) if isinstance(ledger, Ledger) else ledger
        books.put(payment)
        return cls(books, payment.id, payment.merchant, payment.created_at, [*payment.captures], len(payment.amounts))

    def number(self, repeated: int | None) -> int:
        """Return the number of the next operation, or `repeated` if given."""
        if repeated is not None:
            return repeated
        self.asked += 1
        return self.asked

    def capture_id(self, number: int) -> str:
        """Return the id of a capture by its number, or a valid unused id if there is no such capture."""
        if number <= len(self.captures):
            return self.captures[number - 1]
        return build.operation_id("cap", AMONG_MANY, self.payment_id)

    def held(self) -> Payment:
        """Return the payment as stored."""
        payment = self.books.get(self.payment_id)
        assert payment is not None
        return payment

    def change(self, decide: Callable[[Payment | None], Change]) -> Payment:
        """Apply the change that `decide` returns."""
        return self.books.change(self.payment_id, decide)


Step = Callable[[PaymentScenario], Payment | None]


def named(step: Step, what: str, *asked: object, **parts: object) -> Step:
    """Name a step as a failing test should display it: `refund(100, of=1)`."""
    words = [str(word) for word in asked if word is not None]
    words += [f"{name}={value}" for name, value in parts.items() if value not in (None, False)]
    step.__name__ = f"{what}({', '.join(words)})"
    return step


def capture(
    amount: int | None = None, *, final: bool = False, currency: str | None = None, repeated: int | None = None
) -> Step:
    """Capture an amount, or the remaining amount. `repeated` is the number of an operation whose id is reused."""

    def step(scenario: PaymentScenario) -> Payment:
        operation = build.capture(
            scenario.number(repeated), at=scenario.now, final=final, payment_id=scenario.payment_id
        )
        payment = scenario.change(
            lambda current: capture_rule(
                scenario.payment_id, scenario.merchant, operation, amount=amount, currency=currency, current=current
            )
        )
        if operation.id not in scenario.captures:
            scenario.captures.append(operation.id)
        return payment

    return named(step, "capture", amount, final=final, currency=currency, repeated=repeated)


def increment(amount: int, *, declined: bool = False, currency: str | None = None, repeated: int | None = None) -> Step:
    """Hold more, unless the bank declines that."""

    def step(scenario: PaymentScenario) -> Payment:
        operation = build.increment(scenario.number(repeated), at=scenario.now, payment_id=scenario.payment_id)
        return scenario.change(
            lambda current: increment_rule(
                scenario.payment_id,
                scenario.merchant,
                operation,
                amount=lambda _: amount,
                currency=currency,
                requested=Response("51", build.decline()) if declined else None,
                current=current,
            )
        )

    return named(step, "increment", amount, declined=declined, currency=currency, repeated=repeated)


def void(*, repeated: int | None = None) -> Step:
    """Release the uncaptured amount."""

    def step(scenario: PaymentScenario) -> Payment:
        operation = build.void(scenario.number(repeated), at=scenario.now, payment_id=scenario.payment_id)
        return scenario.change(
            lambda current: void_rule(scenario.payment_id, scenario.merchant, operation, current=current)
        )

    return named(step, "void", repeated=repeated)


def refund(
    amount: int | None = None,
    *,
    of: int | None = None,
    currency: str | None = None,
    reason: str | None = None,
    repeated: int | None = None,
) -> Step:
    """Refund an amount, or the full amount: of capture number `of`, or (None) by the authorization's id."""

    def step(scenario: PaymentScenario) -> Payment:
        operation = build.refund(
            scenario.number(repeated),
            of=None if of is None else scenario.capture_id(of),
            at=scenario.now,
            reason=reason,
            payment_id=scenario.payment_id,
        )
        return scenario.change(
            lambda current: refund_rule(
                scenario.payment_id, scenario.merchant, operation, amount=amount, currency=currency, current=current
            )
        )

    return named(step, "refund", amount, of=of, currency=currency, reason=reason, repeated=repeated)


def wait(time: timedelta) -> Step:
    """Advance the time."""

    def step(scenario: PaymentScenario) -> None:
        scenario.now += time

    return named(step, "wait", time)


def requested_by(merchant: str) -> Step:
    """Change the requesting merchant of later steps."""

    def step(scenario: PaymentScenario) -> None:
        scenario.merchant = merchant

    return named(step, "requested_by", merchant)


def times(count: int, step: Step) -> list[Step]:
    """Repeat a step."""
    return [step] * count


def run(scenario: PaymentScenario, *steps: Step) -> None:
    """Execute steps that must succeed."""
    for step in steps:
        step(scenario)


def refused(scenario: PaymentScenario, step: Step) -> Refused | None:
    """Execute a step. Return its refusal, which must leave the ledger unchanged, or None if it succeeded.

    After a success, the payment must be consistent (`check`).
    """
    before = scenario.books.items()
    try:
        step(scenario)
    except Refused as refusal:
        assert scenario.books.items() == before
        return refusal
    check(scenario.held())
    return None


def outcome(scenario: PaymentScenario, step: Step) -> str:
    """Execute a step. Return the code of its refusal, or the payment's status afterwards."""
    refusal = refused(scenario, step)
    return str(refusal.code if refusal else state_of(scenario.held()).status)


def check(payment: Payment) -> None:
    """Check the invariants of a payment: limits, counters equal to the fold of its operations, balanced postings.

    These checks duplicate `payments/audit.py` on purpose, to detect what the audit overlooks.
    """
    state = state_of(payment)
    refunded = {capture_id: taken.refunded for capture_id, taken in state.captures.items()}
    pending = {capture_id: taken.pending for capture_id, taken in state.captures.items()}
    disputed = {capture_id: taken.disputed for capture_id, taken in state.captures.items()}
    left = {of: taken.amount - refunded[of] - pending[of] - disputed[of] for of, taken in state.captures.items()}
    waiting = {of: one.amount for of, one in state.refunds.items() if one.status in ("pending", "requires_action")}

    returned = state.refunded + state.refund_pending + state.disputed
    assert 0 <= state.refunded <= state.refunded + state.refund_pending <= returned <= state.captured
    assert state.captured <= state.authorized
    more = sum(payment.amounts[o.id] for o in payment.operations if isinstance(o, Increment) and not o.decline)
    assert payment.is_intent or state.authorized == payment.authorized + more
    assert all(min(refunded[of], pending[of], disputed[of], left[of]) >= 0 for of in state.captures)
    assert sum(disputed.values()) == state.disputed
    assert state.captured + state.released + state.remaining == (0 if state.decline else state.authorized)

    attempts = [o for o in payment.operations if isinstance(o, Authorization)]
    promises = [attempt for attempt in attempts if not attempt.decline]
    assert len(promises) <= 1
    assert len(attempts) == 1 or payment.is_intent
    given_up = payment.is_intent and any(isinstance(o, Void) for o in payment.operations)
    assert payment.remaining == (state.remaining if promises or given_up else None)
    assert payment.refundable == state.captured - returned == sum(left.values())
    of_network = {line_id: line for line_id, line in state.lines.items() if not line.kind.startswith("dispute_fee")}
    assert payment.refundable + state.refund_pending == sum(line.gross for line in of_network.values())
    assert state.dispute_fees == sum(line.gross for line in of_network.values()) - sum(
        line.gross for line in state.lines.values()
    )
    assert (payment.pending_refunds or {}) == waiting
    assert sum(waiting.values()) == sum(pending.values()) == state.refund_pending
    loose = payment.unallocated_refund or 0
    assert loose == 0 or len(payment.captures) == 1
    assert {capture_id: counter - loose for capture_id, counter in payment.captures.items()} == left
    assert payment.version == len(payment.operations)
    moving = {o.id for o in payment.operations[1:] if not isinstance(o, WITHOUT_AMOUNT)}
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
    assert accounts.get(SCHEME_RECEIVABLE, 0) == sum(
        gross for line_id, gross in unsettled.items() if line_id in of_network
    )
    assert accounts.get(merchant_pending(payment.merchant), 0) == state.refund_pending - sum(unsettled.values())
    assert accounts.get(merchant_available(payment.merchant), 0) == fees - sum(line.gross for line in settled)
    assert accounts.get(FEE_INCOME, 0) == -fees
    assert accounts.get(DISPUTE_FEE_INCOME, 0) == -state.dispute_fees
    since = next((state.lines[line_id].at for line_id in unsettled), None)
    assert payment.unsettled_since == since
    # The sweep of expiries looks at payments by their age: a later due time would expire one late.
    assert payment.due_at in (None, payment.created_at)
    assert since is None or payment.due_at is not None
    assert accounts.get(REFUND_CLEARING, 0) == -state.refund_pending
