"""A dispute against everything else that happens to its payment: no amount is taken twice, and a dispute ends once."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.aws import runtime
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.errors import PROBLEMS, Refused
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.payments.change import Change
from paysandbox.payments.disputes import rules as dispute_rules
from paysandbox.payments.disputes.dispute import Dispute
from paysandbox.payments.ledger.store import get_payment, step_payment
from paysandbox.payments.operations.dispute_decided import DisputeDecided
from paysandbox.payments.payment import CONTRACT, SIMULATED, Payment, state_of
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation import simulation
from paysandbox.payments.timers.steps import timer_change
from paysandbox.payments.timers.timer import timers_of
from paysandbox.simulate.routes import SIMULATE_ACTION
from paysandbox.simulate.steps import Target, perform
from tests.support.builders.build import DAY
from tests.support.clients.call import Merchant, Reply, send
from tests.support.worlds import table_snapshot
from tests.support.worlds.aws_transport import Deliver, Killed, Wire
from tests.support.worlds.crash import KILLED_AFTER, KILLED_BEFORE, Trouble, failures

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

MANY = 50
SECOND = timedelta(seconds=1)

Ask = Callable[[], Reply]
AtOnce = Callable[[Sequence[Ask]], list[Reply]]
Overtaken = Callable[[Ask, Ask], tuple[Reply, Reply]]


@pytest.fixture
def at_once(wire: Wire) -> AtOnce:
    """Send all requests at once. Each has read the payment and decided before any is recorded."""

    def send_all(asks: Sequence[Ask]) -> list[Reply]:
        hashing_keys()
        with wire.meeting(len(asks), "UpdateItem"), ThreadPoolExecutor(len(asks)) as pool:
            return [answer.result() for answer in [pool.submit(ask) for ask in asks]]

    return send_all


@pytest.fixture
def overtaken(wire: Wire) -> Overtaken:
    """Send a request, and another one between its decision and its write. Returns both answers."""

    def send_both(ask: Ask, by: Ask) -> tuple[Reply, Reply]:
        hashing_keys()
        waiting, first = [by], list[Reply]()

        def overtake(_: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
            first.append(waiting.pop()())
            return deliver()

        with wire.broken(overtake, when=lambda sent: bool(waiting) and sent.operation == "UpdateItem"):
            last = ask()
        return last, first[0]

    return send_both


@pytest.fixture
def demo() -> Merchant:
    """The merchant `demo`, at a fixed time and without the log line: a Lambda process writes one at a time."""
    return Merchant(now=runtime.now().replace(microsecond=0))


# --- requests ---------------------------------------------------------------------------------------------------------


class Disputed:
    """A captured payment of 10.00, and what can happen to it. Every answer is the payment, or a refusal."""

    def __init__(self, demo: Merchant) -> None:
        assert demo.now is not None
        self.demo, self.now = demo, demo.now
        capture = demo.capture(demo.authorized(10_00)).json
        self.auth_id, self.capture_id = capture["auth_id"], capture["transaction_id"]

    def read(self) -> Payment:
        payment = get_payment(runtime.ledger(), self.auth_id)
        assert payment is not None
        return payment

    def dispute(self) -> Dispute:
        """Return the latest dispute."""
        return [*state_of(self.read()).disputes.values()][-1]

    def refund(self, amount: int | None = None) -> Ask:
        return lambda: self.demo.refund(self.capture_id, amount=amount)

    def pending_refund(self, amount: int | None = None) -> str:
        """Refund a part or all, pending. Returns the refund's ID."""
        pending = replace(self.demo, parts={**self.demo.parts, "headers": {OUTCOME_HEADER: "refund=pending:3600"}})
        reply = pending.refund(self.capture_id, amount=amount)
        assert (reply.status, reply.json["status"]) == (200, "pending"), reply.text
        return reply.json["transaction_id"]

    def succeed(self, refund_id: str, key: str | None = None) -> Ask:
        """Let a pending refund succeed."""
        path = {"object_id": refund_id, "action": "succeed"}
        return lambda: send(SIMULATE_ACTION, path=path, body={}, key=key, now=self.now)

    def open(self, key: str | None = None, **arguments: Any) -> Ask:
        path = {"object_id": self.auth_id, "action": "dispute"}
        return lambda: send(SIMULATE_ACTION, path=path, body=arguments, key=key, now=self.now)

    def inquire(self, **arguments: Any) -> Ask:
        return self.open(kind="inquiry", **arguments)

    def step(self, name: str) -> Ask:
        """Simulate a step of the latest dispute."""
        return self._change(lambda payment, of, stamp: simulation.step(payment, of, name, {}, stamp), self.now)

    def submit(self, *texts: str, at: datetime | None = None) -> Ask:
        """Submit evidence in the latest dispute."""

        def decide(payment: Payment, of: str, stamp: Stamp) -> Change:
            return dispute_rules.submit(payment, of, digest="0" * 64, texts=texts, stamp=stamp)

        return self._change(decide, at or self.now, source=None)

    def accept(self) -> Ask:
        return self._change(dispute_rules.accept, self.now, source=None)

    def timer(self) -> Ask:
        """Let the payment's last timer fire, as the sweep does."""
        stored = [*timers_of(self.read())][-1]

        def decide(payment: Payment) -> Change:
            return timer_change(payment, stored, validity_s=0)

        return lambda: _answer(lambda: step_payment(runtime.ledger(), self.auth_id, decide))

    def _change(
        self, decide: Callable[[Payment, str, Stamp], Change], at: datetime, source: str | None = SIMULATED
    ) -> Ask:
        dispute_id = self.dispute().id

        def ask() -> Reply:
            key = runtime.random_suffix()
            stamp = Stamp(key=key, request_id=key, at=at, contract=CONTRACT, validity_s=0, source=source)
            return _answer(
                lambda: step_payment(runtime.ledger(), self.auth_id, lambda payment: decide(payment, dispute_id, stamp))
            )

        return ask


def _answer(change: Callable[[], Payment]) -> Reply:
    try:
        payment = change()
    except Refused as refused:
        return Reply(PROBLEMS[refused.code].status, {}, json.dumps({"code": str(refused.code)}))
    status = [*state_of(payment).disputes.values()][-1].status
    return Reply(200, {}, json.dumps({"status": status}))


@pytest.fixture
def payment(demo: Merchant) -> Disputed:
    return Disputed(demo)


def outcomes(replies: Sequence[Reply]) -> Counter[str]:
    """Count what was answered."""
    return Counter(reply.says for reply in replies)


# --- one comes between the decision and the write of the other --------------------------------------------------------

Make = Callable[[Disputed], Ask]


@pytest.mark.full
@pytest.mark.parametrize(
    "ask, by, answers, refunded, disputed",
    [
        (lambda p: p.refund(3_00), lambda p: p.open(), ("charge_disputed", "captured"), 0, 10_00),
        (lambda p: p.refund(), lambda p: p.open(amount=1_00), ("charge_disputed", "captured"), 0, 1_00),
        (lambda p: p.refund(3_00), lambda p: p.inquire(), ("completed", "captured"), 3_00, 0),
        (lambda p: p.refund(), lambda p: p.inquire(), ("completed", "captured"), 10_00, 0),
        (lambda p: p.open(), lambda p: p.refund(3_00), ("partially_refunded", "completed"), 3_00, 7_00),
        (lambda p: p.open(amount=8_00), lambda p: p.refund(3_00), ("parameter_invalid", "completed"), 3_00, 0),
        (lambda p: p.open(), lambda p: p.refund(), ("simulation_not_allowed", "completed"), 10_00, 0),
        (lambda p: p.inquire(), lambda p: p.refund(), ("simulation_not_allowed", "completed"), 10_00, 0),
        (lambda p: p.open(), lambda p: p.inquire(), ("simulation_not_allowed", "captured"), 0, 0),
        (lambda p: p.inquire(), lambda p: p.open(), ("simulation_not_allowed", "captured"), 0, 10_00),
    ],
)
def test_a_dispute_opens_while_a_refund_is_in_flight(
    ask: Make,
    by: Make,
    answers: tuple[str, str],
    refunded: int,
    disputed: int,
    payment: Disputed,
    overtaken: Overtaken,
) -> None:
    last, first = overtaken(ask(payment), by(payment))

    state = state_of(payment.read())
    assert (last.says, first.says) == answers
    assert (state.refunded, state.disputed) == (refunded, disputed)


@pytest.mark.full
def test_a_refund_of_everything_ends_the_inquiry_that_it_had_not_seen(payment: Disputed, overtaken: Overtaken) -> None:
    overtaken(payment.refund(), payment.inquire())

    dispute = payment.dispute()
    assert (dispute.status, dispute.cause, payment.read().dispute) == ("warning_closed", "refunded", "ended")


@pytest.mark.full
@pytest.mark.parametrize("inquired_first", [True, False], ids=["inquiry, refunds", "refund, inquiry, refund"])
def test_of_two_refunds_that_succeed_at_once_the_later_ends_the_inquiry(
    inquired_first: bool, payment: Disputed, overtaken: Overtaken
) -> None:
    if inquired_first:
        payment.inquire()()
    first = payment.pending_refund(4_00)
    if not inquired_first:
        payment.inquire()()
    second = payment.pending_refund(6_00)
    assert payment.dispute().is_open
    replies = overtaken(payment.succeed(first), payment.succeed(second))

    dispute = payment.dispute()
    assert [reply.status for reply in replies] == [200, 200]
    assert (dispute.status, dispute.cause, payment.read().dispute) == ("warning_closed", "refunded", "ended")


def test_a_refund_that_succeeds_ends_the_inquiry_that_it_had_not_seen(payment: Disputed, overtaken: Overtaken) -> None:
    pending = payment.pending_refund(4_00)

    def inquire_and_refund() -> Reply:
        payment.inquire()()
        return payment.refund(6_00)()

    overtaken(payment.succeed(pending), inquire_and_refund)
    assert (payment.dispute().status, payment.read().dispute) == ("warning_closed", "ended")


@pytest.mark.parametrize(
    "ask, by, answers, refunded, disputed",
    [
        (lambda p: p.refund(), lambda p: p.step("escalate"), ("charge_disputed", "needs_response"), 0, 10_00),
        (lambda p: p.step("escalate"), lambda p: p.refund(), ("simulation_not_allowed", "completed"), 10_00, 0),
        (lambda p: p.step("escalate"), lambda p: p.refund(3_00), ("needs_response", "completed"), 3_00, 7_00),
        (lambda p: p.submit(), lambda p: p.refund(), ("dispute_state_unexpected", "completed"), 10_00, 0),
        (lambda p: p.refund(), lambda p: p.submit(), ("completed", "warning_under_review"), 10_00, 0),
        (lambda p: p.step("expire"), lambda p: p.refund(), ("simulation_not_allowed", "completed"), 10_00, 0),
        (lambda p: p.refund(), lambda p: p.step("expire"), ("completed", "warning_closed"), 10_00, 0),
    ],
)
def test_during_an_inquiry(
    ask: Make,
    by: Make,
    answers: tuple[str, str],
    refunded: int,
    disputed: int,
    payment: Disputed,
    overtaken: Overtaken,
) -> None:
    payment.inquire()()
    last, first = overtaken(ask(payment), by(payment))

    state = state_of(payment.read())
    assert (last.says, first.says) == answers
    assert (state.refunded, state.disputed) == (refunded, disputed)


@pytest.mark.parametrize(
    "ask, by, answers",
    [
        (lambda p: p.accept(), lambda p: p.submit(), ("dispute_state_unexpected", "under_review")),
        (lambda p: p.submit(), lambda p: p.accept(), ("dispute_state_unexpected", "lost")),
        (lambda p: p.submit(), lambda p: p.submit(), ("dispute_state_unexpected", "under_review")),
        (lambda p: p.submit(), lambda p: p.timer(), ("dispute_state_unexpected", "lost")),
        (lambda p: p.timer(), lambda p: p.submit(), ("simulation_not_allowed", "under_review")),
        (lambda p: p.timer(), lambda p: p.accept(), ("simulation_not_allowed", "lost")),
        (lambda p: p.accept(), lambda p: p.timer(), ("dispute_state_unexpected", "lost")),
        (lambda p: p.step("withdraw"), lambda p: p.submit(), ("under_review", "under_review")),
        (lambda p: p.submit(), lambda p: p.step("withdraw"), ("under_review", "needs_response")),
        (lambda p: p.step("withdraw"), lambda p: p.accept(), ("simulation_not_allowed", "lost")),
    ],
)
def test_answers_of_a_chargeback(
    ask: Make, by: Make, answers: tuple[str, str], payment: Disputed, overtaken: Overtaken
) -> None:
    payment.open()()
    last, first = overtaken(ask(payment), by(payment))

    assert (last.says, first.says) == answers
    assert state_of(payment.read()).disputed == 10_00


def test_evidence_after_the_withdrawal_that_it_had_not_seen_wins(payment: Disputed, overtaken: Overtaken) -> None:
    payment.open()()
    overtaken(payment.submit(), payment.step("withdraw"))
    assert payment.timer()().says == "won"
    assert state_of(payment.read()).disputed == 0


# --- many at once -----------------------------------------------------------------------------------------------------


@pytest.mark.full
def test_fifty_openings_are_one_dispute(payment: Disputed, at_once: AtOnce) -> None:
    replies = at_once([payment.open()] * MANY)

    assert outcomes(replies) == {"captured": 1, "simulation_not_allowed": MANY - 1}
    assert len(state_of(payment.read()).disputes) == 1
    assert state_of(payment.read()).disputed == 10_00


@pytest.mark.full
def test_fifty_openings_with_one_key_are_one_dispute(payment: Disputed, at_once: AtOnce) -> None:
    replies = at_once([payment.open("the-key")] * MANY)

    assert outcomes(replies) == {"captured": MANY}
    assert len({reply.text for reply in replies}) == 1
    assert len(state_of(payment.read()).disputes) == 1


def test_openings_against_refunds(payment: Disputed, at_once: AtOnce) -> None:
    """Whoever comes first: what was refunded and what is disputed stay within what was captured."""
    openings, refunds = [payment.open(amount=4_00)] * 10, [payment.refund(3_00)] * 10
    replies = at_once([ask for pair in zip(openings, refunds, strict=True) for ask in pair])

    state = state_of(payment.read())
    done = outcomes(replies)
    assert state.refunded == 3_00 * done["completed"]
    assert state.disputed == 4_00 * (done["captured"] + done["partially_refunded"])
    assert state.refunded + state.disputed <= 10_00
    assert done["captured"] + done["partially_refunded"] <= 1


@pytest.mark.full
@pytest.mark.parametrize("text", ["winning_evidence", "losing_evidence", "it was delivered"])
def test_decisions_against_the_timer(text: str, payment: Disputed, at_once: AtOnce) -> None:
    payment.open()()
    payment.submit(text)()
    asks = [payment.step("win"), payment.step("lose"), payment.timer()]
    replies = at_once([asks[number % 3] for number in range(MANY)])

    dispute = payment.dispute()
    assert set(outcomes(replies)) == {"simulation_not_allowed", dispute.status}
    assert [type(one) for one in payment.read().operations].count(DisputeDecided) == 1
    assert state_of(payment.read()).disputed == (0 if dispute.status == "won" else 10_00)


@pytest.mark.full
@pytest.mark.parametrize("won", [False, True], ids=["an inquiry", "a dispute that was won"])
def test_fifty_escalations_are_one(won: bool, payment: Disputed, at_once: AtOnce) -> None:
    payment.open()() if won else payment.inquire()()
    if won:
        payment.submit()()
        payment.step("win")()
    replies = at_once([payment.step("escalate")] * MANY)

    assert outcomes(replies) == {"needs_response": 1, "simulation_not_allowed": MANY - 1}
    assert state_of(payment.read()).disputed == 10_00


@pytest.mark.full
def test_accept_against_submit(payment: Disputed, at_once: AtOnce) -> None:
    payment.open()()
    replies = at_once([payment.accept(), payment.submit()] * (MANY // 2))

    assert outcomes(replies)["dispute_state_unexpected"] == MANY - 1
    assert outcomes(replies)[payment.dispute().status] == 1


# --- the time for evidence --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "late, expired, says",
    [
        (-SECOND, False, "under_review"),
        (0 * SECOND, False, "evidence_past_due"),
        (SECOND, False, "evidence_past_due"),
        (0 * SECOND, True, "dispute_state_unexpected"),
        (SECOND, True, "dispute_state_unexpected"),
    ],
)
@pytest.mark.parametrize("due_in", [None, 3600])
def test_evidence_around_its_due_time(
    due_in: int | None, late: timedelta, expired: bool, says: str, payment: Disputed
) -> None:
    """Before the sweep has recorded that the time is over, and after it."""
    opening = payment.open() if due_in is None else payment.open(due_in=due_in)
    opening()
    due_by = payment.dispute().due_by
    assert due_by == payment.now + (10 * DAY if due_in is None else timedelta(seconds=due_in))
    if expired:
        assert payment.timer()().says == "lost"

    assert payment.submit(at=due_by + late)().says == says
    assert payment.dispute().status == (
        "lost" if expired else "under_review" if late < 0 * SECOND else "needs_response"
    )


@pytest.mark.parametrize("first", ["evidence", "timer"])
def test_evidence_in_the_last_second_against_the_timer(first: str, payment: Disputed, overtaken: Overtaken) -> None:
    payment.open()()
    submit = payment.submit(at=payment.dispute().due_by - SECOND)
    ask, by = (payment.timer(), submit) if first == "evidence" else (submit, payment.timer())
    last, _ = overtaken(ask, by)

    assert payment.dispute().status == ("under_review" if first == "evidence" else "lost")
    assert last.status == 409


# --- the process is killed --------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("trouble", [KILLED_BEFORE, KILLED_AFTER], ids=str)
@pytest.mark.parametrize("kind", ["chargeback", "inquiry"])
def test_an_opening_that_is_killed_is_done_once(kind: str, trouble: Trouble, payment: Disputed, wire: Wire) -> None:
    hashing_keys()
    _killed_and_repeated(payment.open("the-key", kind=kind), trouble, payment, wire)


@pytest.mark.parametrize("trouble", [KILLED_BEFORE, KILLED_AFTER], ids=str)
@pytest.mark.parametrize("action", ["win", "lose", "withdraw"])
def test_a_step_that_is_killed_is_done_once(action: str, trouble: Trouble, payment: Disputed, wire: Wire) -> None:
    payment.open()()
    payment.submit()()
    dispute_id, opening = payment.dispute().id, payment.read().operations[-2].id
    stamp = Stamp(key="the-key", request_id="r", at=payment.now, contract=CONTRACT, validity_s=0, source=SIMULATED)
    target = Target(payment_id=payment.auth_id, object_id=dispute_id, operation_id=opening)
    step = partial(perform, target, payment.demo.name, action, {}, stamp)
    _killed_and_repeated(lambda: _answer(step), trouble, payment, wire)


@pytest.mark.full
@pytest.mark.parametrize("trouble", [KILLED_BEFORE, KILLED_AFTER], ids=str)
def test_a_refund_that_ends_an_inquiry_and_is_killed_is_done_once(
    trouble: Trouble, payment: Disputed, wire: Wire
) -> None:
    payment.inquire()()
    _killed_and_repeated(lambda: payment.demo.refund(payment.capture_id, "the-key"), trouble, payment, wire)
    assert payment.dispute().status == "warning_closed"


@pytest.mark.full
@pytest.mark.parametrize("trouble", [KILLED_BEFORE, KILLED_AFTER], ids=str)
def test_a_pending_refund_that_ends_an_inquiry_and_is_killed_succeeds_once(
    trouble: Trouble, payment: Disputed, wire: Wire
) -> None:
    payment.inquire()()
    _killed_and_repeated(payment.succeed(payment.pending_refund(), "the-key"), trouble, payment, wire)
    assert payment.dispute().status == "warning_closed"


def _killed_and_repeated(ask: Ask, trouble: Trouble, payment: Disputed, wire: Wire) -> None:
    """Kill each call of a request once, and repeat the request: its effect and its answer are those of one."""
    hashing_keys()
    before = table_snapshot.take()
    with wire.record() as recorded:
        once = ask()
    assert once.status == 200, once.text
    kinds = [type(one) for one in payment.read().operations]
    refundable = payment.read().refundable
    for failure in failures(recorded, trouble):
        table_snapshot.put_back(before)
        with failure.happening(wire), pytest.raises(Killed):
            ask()
        again = ask()
        assert again.says == once.says, failure
        assert ask().text == again.text, failure
        assert [type(one) for one in payment.read().operations] == kinds, failure
        assert payment.read().refundable == refundable, failure
