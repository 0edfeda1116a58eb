"""Random programs of one payment: its merchant's requests, the bank's and the network's steps, timers and settlement.

    program = BankProgram.random(random.Random(7))

They run the real rules in memory, against a model of a payment that counts only money. After every step the audit finds
nothing, and the payment has what the model has. A step that is refused changes nothing.
"""

import heapq
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from paysandbox.core import ids
from paysandbox.core.errors import Refused
from paysandbox.payments import acquirer, attempt_rules, rules
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.change import Change
from paysandbox.payments.operation import CONTRACT, SIMULATED, CaptureFailed, Expiry, Refund, Reversal
from paysandbox.payments.outcome import (
    AnswerLater,
    Approve,
    ApproveLate,
    ApprovePartially,
    Outcome,
    Outcomes,
    decline_for,
)
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.plan_rules import with_plan
from paysandbox.payments.planned_refund import refund_as_planned, refund_plan
from paysandbox.payments.rules import Verdict, judge
from paysandbox.payments.simulated_action import Action, Kind, Stamp
from paysandbox.payments.simulation import ACTIONS, allowed, object_of, step
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.fees import STANDARD_FEES, read_fees
from paysandbox.settlement.settlement import Batch, entries_of, settle
from tests.support import build
from tests.support.build import DAY, HOUR, MONDAY, VALIDITY

AMOUNT: Final = 20
FEES: Final = read_fees(STANDARD_FEES)

OUTCOMES: Final[tuple[Outcome | None, ...]] = (
    None,
    None,
    None,
    ApprovePartially(13),
    decline_for("insufficient_funds"),
    AnswerLater(60, Approve()),
    AnswerLater(7200, decline_for("lost_card")),
    ApproveLate(3600),
)
PLANS: Final = (
    None,
    None,
    "capture=fail",
    "capture=fail:80000",
    "capture=fail_once,fraud_warning",
    "capture=late:2",
    "capture=decline:lost_card",
    "expire:3000",
    "reverse:90000,capture=fail:5",
    "fraud_warning",
    "refund=pending",
    "refund=pending:100000:fail:declined",
    "refund=fail,capture=late:1",
)
KINDS: Final = (*["capture"] * 5, *["refund"] * 3, "void", *["simulate"] * 6, *["wait"] * 5, *["night"] * 2)
WAITS: Final = (timedelta(seconds=30), timedelta(minutes=10), HOUR, HOUR, 9 * HOUR, DAY, VALIDITY)


@dataclass
class Model:
    """The money of a payment: what is held, and what is left of each capture."""

    held: int | None = None
    captured: dict[str, int] = field(default_factory=dict[str, int])
    refunded: int = 0
    closed: bool = False

    def captures(self, payment: Payment) -> None:
        """Take over new captures, which reduce the hold; the final ones end it."""
        for operation in payment.operations:
            if operation.id in payment.captures and operation.id not in self.captured:
                amount = payment.amounts[operation.id]
                self.captured[operation.id] = amount
                self.held = 0 if getattr(operation, "final", False) else (self.held or 0) - amount


@dataclass
class BankProgram:
    """A payment, the time, and what falls due."""

    dice: random.Random
    payment: Payment
    model: Model
    now: datetime = MONDAY
    due: list[tuple[datetime, int, str, str, str | None]] = field(default_factory=list[Any])
    seen: int = 0
    requests: int = 0
    refused: int = 0
    batches: int = 0
    done: set[str] = field(default_factory=set[str])

    @classmethod
    def random(cls, dice: random.Random, *, steps: int = 25) -> "BankProgram":
        """Run a random program."""
        outcome, plan = dice.choice(OUTCOMES), dice.choice(PLANS)
        automatic = dice.random() < 0.3 and plan != "capture=decline:lost_card"
        program = cls(dice, *_begun(outcome, plan, automatic=automatic))
        program.check()
        for _ in range(steps):
            program.one(dice.choice(KINDS))
        return program

    def one(self, kind: str) -> None:
        """Do one thing, then check everything."""
        before = self.payment
        try:
            match kind:
                case "capture":
                    self.capture()
                case "refund":
                    self.refund()
                case "void":
                    self.void()
                case "simulate":
                    self.simulate()
                case "wait":
                    self.wait(self.dice.choice(WAITS))
                case _:
                    self.wait(DAY)
        except Refused:
            self.refused += 1
            assert self.payment == before
        else:
            self.done.add(kind)
        self.check()

    def check(self) -> None:
        """The audit finds nothing, the model has the same money, and new timers are waiting."""
        payment, model = self.payment, self.model
        assert breaks_of(payment) == ()
        assert (payment.remaining, dict(payment.captures)) == (model.held, self.left_of_captures())
        assert payment.refundable == sum(model.captured.values()) - model.refunded
        for operation in payment.operations[self.seen :]:
            for timer in operation.timers:
                entry = (timer.at, len(self.due), timer.of or operation.id, timer.step, timer.value)
                heapq.heappush(self.due, entry)
        self.seen = len(payment.operations)

    def left_of_captures(self) -> dict[str, int]:
        """Return what the counters of captures must be: refunds by the authorization's id reduce them later."""
        state = state_of(self.payment)
        loose = self.payment.unallocated_refund or 0
        return {of: balance.refundable + loose for of, balance in state.captures.items()}

    # --- requests -----------------------------------------------------------------------------------------------------

    def change(self, decide: Callable[[Payment | None], Change]) -> None:
        """Decide on a change and apply it, as the store does."""
        current: Payment | None = None
        for _ in range(3):
            change = decide(current)
            if change.fits(self.payment):
                after = change.apply(self.payment)
                timers = [timer.at for operation in after.operations for timer in operation.timers]
                self.payment = replace(after, open_until=max(timers, default=None))
                return
            current = self.payment
            assert judge(change, current) is Verdict.AGAIN
        raise AssertionError("the rule does not come to an end")

    def number(self) -> int:
        """Return the number of the next operation."""
        self.requests += 1
        return self.requests

    def capture(self) -> None:
        """Capture a part or all."""
        operation = build.capture(self.number(), at=self.now, final=self.dice.random() < 0.2)
        amount = self.dice.choice([None, 1, 3, 5, 8])
        held = self.model.held
        self.change(
            lambda current: rules.capture(
                self.payment.id, self.payment.merchant, operation, amount=amount, currency=None, current=current
            )
        )
        assert held
        assert held >= (amount or 1)
        assert self.now < self.payment.capture_before
        self.model.captures(self.payment)
        assert self.model.captured[operation.id] == (amount or held)

    def refund(self) -> None:
        """Refund a part or all: of a capture, or by the authorization's id."""
        of = self.dice.choice([None, *self.model.captured])
        operation = build.refund(self.number(), of=of, at=self.now)
        amount = self.dice.choice([None, 1, 2, 5])

        def refund(operation: Refund, current: Payment | None) -> Change:
            return rules.refund(
                self.payment.id, self.payment.merchant, operation, amount=amount, currency=None, current=current
            )

        def decide(current: Payment | None) -> Change:
            plan = refund_plan(current) if current else None
            return refund_as_planned(plan, operation, current, refund) if plan else refund(operation, current)

        self.change(decide)
        self.model.refunded += self.payment.amounts[operation.id]
        assert amount in (None, self.payment.amounts[operation.id])

    def void(self) -> None:
        """Void what is held, or an attempt without an answer: then a later answer finds a voided payment."""
        operation = build.void(self.number(), at=self.now)
        held = self.model.held
        self.change(lambda current: rules.void(self.payment.id, self.payment.merchant, operation, current=current))
        assert self.payment.amounts[operation.id] == (held or 0)
        self.model.held, self.model.closed = 0, True

    # --- steps --------------------------------------------------------------------------------------------------------

    def simulate(self) -> None:
        """Do anything of the table to anything: mostly what is possible, and sometimes what is not."""
        objects = [self.payment.id, *self.model.captured, *state_of(self.payment).refunds]
        object_id = self.dice.choice(objects)
        kind, _ = object_of(self.payment, object_id)
        actions = list(allowed(self.payment, object_id))
        if not actions or self.dice.random() < 0.2:
            actions = [action for action in ACTIONS if action.kind is kind]
        if actions:
            self.step(object_id, self.dice.choice(actions), source=SIMULATED)

    def step(self, object_id: str, action: Action, *, source: str | None, value: str | None = None) -> None:
        """Make a step, and let the model make it by its own rule."""
        arguments: dict[str, Any] = {"amount": self.dice.randint(1, 4)} if action.name == "reverse" else {}
        if action.name == "present_late":
            arguments = {"days": self.dice.randint(1, 3)}
        if value is not None:
            (parameter,) = action.parameters
            arguments = {parameter.name: value}
        if action.name == "authenticate":
            arguments = {"result": "Y"}
        stamp = Stamp(
            key=f"step {self.number()}",
            request_id="step",
            at=self.now,
            contract=CONTRACT,
            validity_s=int(VALIDITY.total_seconds()),
            source=source,
        )
        before = self.payment
        change = step(before, object_id, action.name, arguments, stamp)
        self.change(lambda _: change)
        assert not change.fits(self.payment)
        added = self.payment.operations[len(before.operations) :]
        assert {operation.source for operation in added} == {source}
        self.done.add(action.name)
        model, amounts = self.model, self.payment.amounts
        if action.kind is Kind.REFUND:
            if action.name in ("fail", "expire", "cancel"):
                model.refunded -= amounts[object_id]
            return
        match action.name:
            case "approve":
                model.held = state_of(self.payment).authorized
                model.captures(self.payment)
            case "expire":
                model.held, model.closed = 0, True
            case "reverse":
                (reversal,) = (one for one in added if isinstance(one, Reversal))
                model.held = (model.held or 0) - amounts[reversal.id]
                model.closed = model.closed or model.held == 0
            case "fail":
                (failure,) = (one for one in added if isinstance(one, CaptureFailed))
                amount = model.captured.pop(object_id)
                assert amounts[failure.id] == amount
                model.held = (model.held or 0) + (0 if model.closed else amount)
            case _:
                pass

    # --- time ---------------------------------------------------------------------------------------------------------

    def wait(self, passed: timedelta) -> None:
        """Let time pass: timers, nights and the expiry in the order in which they are due."""
        until = self.now + passed
        while True:
            midnight = (self.now + DAY).replace(hour=0, minute=0, second=0, microsecond=0)
            following = min(until, midnight, *(entry[0] for entry in self.due[:1]))
            self.now = max(following, self.now)
            self.fire()
            self.expire()
            if self.now == midnight:
                self.night(midnight)
            if self.now >= until:
                return

    def fire(self) -> None:
        """Make the steps that are due. Those that are no longer possible are dropped."""
        while self.due and self.due[0][0] <= self.now:
            _, _, object_id, name, value = heapq.heappop(self.due)
            kind, _ = object_of(self.payment, object_id)
            action = next(one for one in ACTIONS if one.kind is kind and one.name == name)
            with suppress(Refused):
                self.by_timer(object_id, action, value)
            self.check()

    def by_timer(self, object_id: str, action: Action, value: str | None) -> None:
        """Make a step as a timer does: without arguments of the test's own."""
        amount = str(self.model.held) if action.name == "reverse" and self.model.held else None
        self.step(object_id, action, source=None, value=value or amount)

    def expire(self) -> None:
        """Expire the hold, as the sweep does."""
        at = rules.expires_at(self.payment)
        if at is None or at > self.now:
            return
        operation = Expiry(id=ids.expiry_id(self.payment.id), request_id="sweep", at=self.now, contract=CONTRACT)
        self.change(lambda _: rules.expire(self.payment.id, self.payment.merchant, operation))
        self.model.held, self.model.closed = 0, True
        self.check()

    def night(self, midnight: datetime) -> None:
        """Settle what was presented by midnight."""
        batch = Batch(BatchName((midnight - DAY).astimezone(UTC).date()), midnight)
        entries = entries_of(self.payment, batch, FEES)
        if not entries:
            return
        change = settle(self.payment, entries, request_id="settle", at=midnight)
        assert change is not None
        self.change(lambda _: change)
        self.batches += 1
        self.check()


def _begun(outcome: Outcome | None, plan: str | None, *, automatic: bool) -> tuple[Payment, Model]:
    requested = Outcomes(authorization=outcome, plan=plan)
    request = acquirer.AuthorizationRequest(number=build.VISA, amount=AMOUNT, allow_partial=True, requested=requested)
    answer = acquirer.answer(request, accept_any_card=False)
    order = rules.Order(merchant=build.MERCHANT, amount=AMOUNT, currency="USD", automatic=automatic)
    begin = attempt_rules.begin if answer.wait else rules.authorize
    payment = begin(
        order,
        card=build.card(),
        answer=answer,
        payment_id=build.PAYMENT_ID,
        request_id="authorize",
        fingerprint=build.fingerprint(),
        now=MONDAY,
        validity_s=int(VALIDITY.total_seconds()),
        retention_s=60,
        contract=CONTRACT,
    )
    payment = with_plan(payment, answer)
    timers = [timer.at for operation in payment.operations for timer in operation.timers]
    payment = replace(payment, open_until=max(timers, default=None))
    model = Model(held=answer.amount if payment.remaining is not None else None)
    model.captures(payment)
    return payment, model
