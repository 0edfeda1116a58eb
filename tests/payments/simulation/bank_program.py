"""Random programs of one payment: its merchant's requests, the bank's and the network's steps, disputes, timers and
settlement.

    program = BankProgram.random(random.Random(7))

They run the real rules in memory, against a model of a payment that counts only money. After every step the audit finds
nothing, and the payment has what the model has. A step that is refused changes nothing.
"""

import heapq
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from paysandbox.core import ids
from paysandbox.core.errors import Refused
from paysandbox.payments.attempts import rules as attempt_rules
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.bank import acquirer
from paysandbox.payments.bank.outcome import (
    AnswerLater,
    Approve,
    ApproveLate,
    ApprovePartially,
    Outcome,
    Outcomes,
    decline_for,
)
from paysandbox.payments.bank.plan import RefundPlan
from paysandbox.payments.bank.response import Response
from paysandbox.payments.change import Change
from paysandbox.payments.disputes import rules as dispute_rules
from paysandbox.payments.disputes.dispute import DisputeReason
from paysandbox.payments.disputes.fees import DisputeFees
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.payment import CHARGEBACK, CONTRACT, INQUIRY, MAX_INCREMENTS, SIMULATED, Payment, state_of
from paysandbox.payments.plan_rules import with_plan
from paysandbox.payments.refusals import Verdict, judge
from paysandbox.payments.rules.authorization import authorize
from paysandbox.payments.rules.capture import capture as capture_rule
from paysandbox.payments.rules.expiry import expire as expire_rule, expires_at
from paysandbox.payments.rules.increment import increment as increment_rule
from paysandbox.payments.rules.refund import refund as refund_rule
from paysandbox.payments.rules.void import void as void_rule
from paysandbox.payments.simulated_action import Action, Kind, Stamp
from paysandbox.payments.simulation.planned_refund import refund_as_planned
from paysandbox.payments.simulation.simulation import ACTIONS, allowed, object_of, step
from paysandbox.payments.timers.steps import timer_change
from paysandbox.payments.timers.timer import StoredTimer, timers_of
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.fees import STANDARD_FEES, read_fees
from paysandbox.settlement.settlement import Batch, entries_of, settle
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR, MONDAY, VALIDITY

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
    "expire:3000,increment=decline:lost_card",
    "reverse:90000,capture=fail:5",
    "fraud_warning",
    "refund=pending",
    "refund=pending:80000:fail:declined",
    "capture=late:1,refund=fail",
    "dispute=fraudulent:3600",
    "refund=pending,dispute=inquiry:60",
)
REFUND_PLANS: Final = (None, None, None, RefundPlan(pending=True), RefundPlan(fails=True))
"""What a refund itself requests."""
KINDS: Final = (
    *["capture"] * 5,
    "increment",
    *["refund"] * 3,
    "void",
    *["simulate"] * 6,
    *["dispute"] * 3,
    *["respond"] * 4,
    *["wait"] * 5,
    *["night"] * 2,
)
SHORT: Final = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=10), HOUR, HOUR, 9 * HOUR, DAY)
WAITS: Final = (*SHORT, *SHORT, *SHORT, VALIDITY, 10 * DAY, 15 * DAY, 120 * DAY)
DISPUTE_FEE: Final = 7
DISPUTE_FEES: Final = tuple(DisputeFees(default=DISPUTE_FEE, returned_if_won=returned) for returned in (True, False))
TEXTS: Final = ("it was delivered", dispute_rules.WINNING, dispute_rules.LOSING, dispute_rules.ESCALATING)


@dataclass
class DisputeModel:
    """The money of a dispute: what it is about, what it has taken, and its fee. `kind` is None after its end.

    A chargeback is about what it took, so the bank contests no more than that, even if a refund has failed since.

    `decision` is what the bank decides by itself, and when: on the last evidence that it has got. `by_text`: because a
    text of that evidence says so.
    """

    amount: int
    kind: str | None
    returns_fee: bool
    taken: int = 0
    fee: int = 0
    withdrawn: bool = False
    decision: tuple[str, datetime] | None = None
    by_text: bool = False

    def review(self, text: str, now: datetime) -> None:
        """Let the bank review evidence."""
        is_inquiry = self.kind == INQUIRY
        magic = {dispute_rules.WINNING: "win", dispute_rules.LOSING: "lose"}
        if is_inquiry:
            magic[dispute_rules.ESCALATING] = "escalate"
        self.by_text = text in magic
        if self.by_text:
            self.decision = magic[text], now + timedelta(seconds=5)
        elif not is_inquiry:
            self.decision = "win" if self.withdrawn else "lose", now + 14 * DAY

    def withdraw(self) -> None:
        """Let the cardholder withdraw it: the merchant wins then, unless a text of the evidence decides."""
        self.withdrawn = True
        if self.decision is not None and self.kind != INQUIRY and not self.by_text:
            self.decision = "win", self.decision[1]


@dataclass
class Model:
    """The money of a payment: what is held, the captures, the refunds that were not given back, and the disputes.

    `pending` are the refunds that have not ended.
    """

    held: int | None = None
    captured: dict[str, int] = field(default_factory=dict[str, int])
    refunds: dict[str, int] = field(default_factory=dict[str, int])
    pending: set[str] = field(default_factory=set[str])
    disputes: dict[str, DisputeModel] = field(default_factory=dict[str, DisputeModel])
    increments: int = 0
    closed: bool = False

    @property
    def refundable(self) -> int:
        """What is left of the captures."""
        disputed = sum(dispute.taken for dispute in self.disputes.values())
        return sum(self.captured.values()) - sum(self.refunds.values()) - disputed

    @property
    def dispute(self) -> str | None:
        """The kind of the dispute that has not ended, or `ended` if all have."""
        kinds = [dispute.kind for dispute in self.disputes.values() if dispute.kind is not None]
        assert len(kinds) <= 1
        return kinds[0] if kinds else "ended" if self.disputes else None

    def end_dispute(self, dispute_id: str, *, won: bool) -> None:
        """End a dispute. If the merchant wins, the amount comes back, and the fee if it is to be returned."""
        dispute = self.disputes[dispute_id]
        dispute.kind = None
        if won:
            dispute.taken = 0
            dispute.fee = 0 if dispute.returns_fee else dispute.fee

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
    dispute_fees: DisputeFees
    now: datetime = MONDAY
    due: list[tuple[datetime, str, StoredTimer]] = field(default_factory=list[Any])
    seen: int = 0
    requests: int = 0
    refused: int = 0
    batches: int = 0
    done: set[str] = field(default_factory=set[str])

    @classmethod
    def random(cls, dice: random.Random, *, steps: int = 25) -> "BankProgram":
        """Run a random program."""
        outcome, plan = dice.choice(OUTCOMES), dice.choice(PLANS)
        automatic = dice.random() < 0.5 and plan != "capture=decline:lost_card"
        program = cls(dice, *_begun(outcome, plan, automatic=automatic), dice.choice(DISPUTE_FEES))
        program.check()
        for _ in range(steps):
            program.one(dice.choice(KINDS))
        return program

    def one(self, kind: str) -> None:  # noqa: C901 - one arm for each kind
        """Do one thing, then check everything."""
        before = self.payment
        try:
            match kind:
                case "capture":
                    self.capture()
                case "increment":
                    self.increment()
                case "refund":
                    self.refund()
                case "void":
                    self.void()
                case "simulate":
                    self.simulate()
                case "dispute":
                    self.dispute()
                case "respond":
                    self.respond()
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
        assert payment.refundable == model.refundable
        assert payment.dispute == model.dispute
        state = state_of(payment)
        assert state.dispute_fees == sum(dispute.fee for dispute in model.disputes.values())
        assert state.refunded + state.refund_pending + state.disputed <= state.captured
        for timer in timers_of(payment, payment.operations[self.seen :]):
            heapq.heappush(self.due, (timer.at, timer.id, timer))
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
            lambda current: capture_rule(
                self.payment.id, self.payment.merchant, operation, amount=amount, currency=None, current=current
            )
        )
        assert held
        assert held >= (amount or 1)
        assert self.now < self.payment.capture_before
        self.model.captures(self.payment)
        assert self.model.captured[operation.id] == (amount or held)

    def increment(self) -> None:
        """Hold more, if the bank approves: by what was requested, else by the plan."""
        operation = build.increment(self.number(), at=self.now)
        amount = self.dice.choice([1, 3, 5])
        requested = self.dice.choice([None, None, Response(), Response("51", build.decline())])
        self.change(
            lambda current: increment_rule(
                self.payment.id,
                self.payment.merchant,
                operation,
                amount=lambda _: amount,
                currency=None,
                requested=requested,
                current=current,
            )
        )
        assert self.model.held
        assert not self.model.captured
        assert self.now < self.payment.capture_before
        declined = requested.decline if requested else "increment=decline" in (self.payment.plan or "")
        self.model.held += 0 if declined else amount
        self.model.increments += 1
        assert self.model.increments <= MAX_INCREMENTS

    def refund(self) -> None:
        """Refund a part or all: of a capture, or by the authorization's id; at once, or with a plan."""
        of = self.dice.choice([None, *self.model.captured])
        operation = build.refund(self.number(), of=of, at=self.now)
        amount = self.dice.choice([None, 1, 2, 5])
        requested = self.dice.choice(REFUND_PLANS)

        def refund(asked: Refund, current: Payment | None) -> Change:
            return refund_rule(
                self.payment.id, self.payment.merchant, asked, amount=amount, currency=None, current=current
            )

        self.change(lambda current: refund_as_planned(requested, operation, current, refund))
        assert self.model.dispute != CHARGEBACK
        self.model.refunds[operation.id] = self.payment.amounts[operation.id]
        if self.model.dispute == INQUIRY:
            self.done.add("refund during an inquiry")
        recorded = next(one for one in self.payment.operations if one.id == operation.id)
        if isinstance(recorded, Refund) and recorded.pending:
            self.model.pending.add(operation.id)
        else:
            self.refund_succeeds("refund that ends an inquiry")
        assert amount in (None, self.payment.amounts[operation.id])

    def refund_succeeds(self, ends: str) -> None:
        """Let the model end an inquiry if everything is refunded, and nothing pending."""
        model = self.model
        if model.dispute == INQUIRY and model.refundable == 0 and not model.pending:
            self.done.add(ends)
            model.end_dispute([*model.disputes][-1], won=False)

    def void(self) -> None:
        """Void what is held, or an attempt without an answer: then a later answer finds a voided payment."""
        operation = build.void(self.number(), at=self.now)
        held = self.model.held
        self.change(lambda current: void_rule(self.payment.id, self.payment.merchant, operation, current=current))
        assert self.payment.amounts[operation.id] == (held or 0)
        self.model.held, self.model.closed = 0, True

    # --- disputes -----------------------------------------------------------------------------------------------------

    def dispute(self) -> None:
        """Dispute a part or all of the payment."""
        arguments: dict[str, Any] = {"reason": str(self.dice.choice([*DisputeReason]))}
        if (amount := self.dice.choice([None, 1, 4, 9])) is not None:
            arguments["amount"] = amount
        if self.dice.random() < 0.4:
            arguments["kind"] = INQUIRY
        if self.dice.random() < 0.2:
            arguments["due_in"] = 3600
        (action,) = (one for one in ACTIONS if one.name == "dispute")
        self.step(self.payment.id, action, arguments)

    def respond(self) -> None:
        """Submit evidence or accept, or let the bank or the cardholder do something: mostly to the latest dispute."""
        disputes = [*state_of(self.payment).disputes]
        if not disputes:
            return
        dispute_id = disputes[-1] if self.dice.random() < 0.9 else self.dice.choice(disputes)
        match self.dice.choice(["submit", "submit", "submit", "accept", "simulate", "simulate", "simulate"]):
            case "submit":
                self.submit(dispute_id, self.dice.choice(TEXTS))
            case "accept":
                self.accept(dispute_id)
            case _:
                if actions := allowed(self.payment, dispute_id):
                    self.step(dispute_id, self.dice.choice(actions))

    def submit(self, dispute_id: str, text: str) -> None:
        """Submit evidence. It moves no money."""
        before, stamp = self.payment, self.stamp(source=None)
        change = dispute_rules.submit(before, dispute_id, digest="0" * 64, texts=[text], stamp=stamp)
        assert self.now < state_of(before).disputes[dispute_id].due_by
        self.change(lambda _: change)
        assert not change.fits(self.payment)
        self.model.disputes[dispute_id].review(text, self.now)
        self.done.add("submit")

    def accept(self, dispute_id: str) -> None:
        """Accept a chargeback."""
        change = dispute_rules.accept(self.payment, dispute_id, self.stamp(source=None))
        assert self.model.disputes[dispute_id].kind == CHARGEBACK
        self.change(lambda _: change)
        assert not change.fits(self.payment)
        self.model.end_dispute(dispute_id, won=False)
        self.done.add("accept")

    def disputed(self, dispute_id: str, name: str, arguments: Mapping[str, Any], source: str | None) -> None:
        """Let the model make a step of a dispute."""
        model = self.model
        if source is None and name in ("win", "lose", "escalate"):
            assert model.disputes[dispute_id].decision == (name, self.now)
            self.done.add(f"{name} by a timer")
            if name == "win" and not model.disputes[dispute_id].by_text:
                self.done.add("win after a withdrawal")
        match name:
            case "dispute":
                (opened,) = state_of(self.payment).disputes.keys() - model.disputes.keys()
                kind = arguments.get("kind", CHARGEBACK)
                amount = arguments.get("amount", model.refundable)
                dispute = DisputeModel(amount=amount, kind=kind, returns_fee=self.dispute_fees.returned_if_won)
                if kind == CHARGEBACK:
                    dispute.taken, dispute.fee = amount, DISPUTE_FEE
                model.disputes[opened] = dispute
            case "escalate":
                dispute = model.disputes[dispute_id]
                if dispute.kind == INQUIRY:
                    dispute.fee = DISPUTE_FEE
                else:
                    self.done.add("pre-arbitration")
                dispute.amount = dispute.taken = min(dispute.amount, model.refundable)
                dispute.kind = CHARGEBACK
                dispute.withdrawn, dispute.decision = False, None
            case "win":
                model.end_dispute(dispute_id, won=True)
            case "lose" | "expire":
                model.end_dispute(dispute_id, won=False)
            case _:
                assert name == "withdraw"
                model.disputes[dispute_id].withdraw()

    # --- steps --------------------------------------------------------------------------------------------------------

    def simulate(self) -> None:
        """Do anything of the table to anything: mostly what is possible, and sometimes what is not."""
        state = state_of(self.payment)
        objects = [self.payment.id, *self.model.captured, *state.refunds, *state.disputes]
        object_id = self.dice.choice(objects)
        kind, _ = object_of(self.payment, object_id)
        actions = list(allowed(self.payment, object_id))
        if not actions or self.dice.random() < 0.2:
            actions = [action for action in ACTIONS if action.kind is kind]
        if actions:
            self.step(object_id, self.dice.choice(actions))

    def stamp(self, *, source: str | None) -> Stamp:
        """Return the stamp of the next step."""
        return Stamp(
            key=f"step {self.number()}",
            request_id="step",
            at=self.now,
            contract=CONTRACT,
            validity_s=int(VALIDITY.total_seconds()),
            source=source,
            dispute_fees=self.dispute_fees,
        )

    def arguments(self, action: Action) -> Mapping[str, Any]:
        """Return any arguments that a step needs."""
        if action.name == "reverse":
            return {"amount": self.dice.randint(1, 4)}
        return {"days": self.dice.randint(1, 3)} if action.name == "present_late" else {}

    def step(self, object_id: str, action: Action, arguments: Mapping[str, Any] | None = None) -> None:
        """Simulate a step."""
        arguments = self.arguments(action) if arguments is None else arguments
        change = step(self.payment, object_id, action.name, arguments, self.stamp(source=SIMULATED))
        self.make(change, object_id, action, arguments, source=SIMULATED)

    def make(
        self, change: Change, object_id: str, action: Action, arguments: Mapping[str, Any], *, source: str | None
    ) -> None:
        """Make the change of a step, and let the model make the step by its own rule."""
        before = self.payment
        self.change(lambda _: change)
        assert not change.fits(self.payment)
        added = self.payment.operations[len(before.operations) :]
        assert {operation.source for operation in added} == {source}
        model, amounts = self.model, self.payment.amounts
        if action.kind is Kind.REFUND:
            self.done.add(f"refund: {action.name}")
            if action.name != "require_action":
                model.pending.discard(object_id)
            if action.name in ("fail", "expire"):
                del model.refunds[object_id]
            if action.name == "succeed":
                self.refund_succeeds("pending refund that ends an inquiry")
            return
        if action.kind is Kind.DISPUTE or action.name == "dispute":
            self.done.add(f"dispute: {action.name}" if source or action.name != "dispute" else "planned dispute")
            self.disputed(object_id, action.name, arguments, source)
            return
        self.done.add(action.name)
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
            *_, timer = heapq.heappop(self.due)
            with suppress(Refused):
                self.by_timer(timer)
            self.check()
        for dispute in self.model.disputes.values():
            if dispute.kind is not None and dispute.decision is not None:
                name, at = dispute.decision
                assert at > self.now or name == "escalate", "an escalation is dropped if nothing can be taken"

    def by_timer(self, timer: StoredTimer) -> None:
        """Make the step of a timer, as the sweep does."""
        change = timer_change(
            self.payment, timer, validity_s=int(VALIDITY.total_seconds()), dispute_fees=self.dispute_fees
        )
        kind, _ = object_of(self.payment, timer.object_id)
        action = next(one for one in ACTIONS if (one.kind, one.name) == (kind, timer.step))
        arguments = {"kind": timer.value} if action.name == "dispute" and timer.value == INQUIRY else {}
        self.make(change, timer.object_id, action, arguments, source=None)

    def expire(self) -> None:
        """Expire the hold, as the sweep does."""
        at = expires_at(self.payment)
        if at is None or at > self.now:
            return
        operation = Expiry(id=ids.expiry_id(self.payment.id), request_id="sweep", at=self.now, contract=CONTRACT)
        self.change(lambda _: expire_rule(self.payment.id, self.payment.merchant, operation))
        self.model.held, self.model.closed = 0, True
        self.check()

    def night(self, midnight: datetime) -> None:
        """Settle what was presented by midnight."""
        if self.payment.unsettled_since is None:
            return
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
    order = build.order(amount=AMOUNT, automatic=automatic, request_id="authorize", retention_s=60)
    if isinstance(answer, acquirer.AwaitsBank):
        payment = attempt_rules.begin(order, answer, build.PAYMENT_ID, build.fingerprint())
    else:
        assert isinstance(answer, acquirer.Answered)
        payment = authorize(order, answer, build.PAYMENT_ID, build.fingerprint())
    payment = with_plan(payment, answer)
    timers = [timer.at for operation in payment.operations for timer in operation.timers]
    payment = replace(payment, open_until=max(timers, default=None))
    model = Model(held=answer.amount if payment.remaining is not None else None)
    model.captures(payment)
    return payment, model
