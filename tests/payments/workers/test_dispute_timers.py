"""The sweep of disputes: what nobody answers or decides ends in time, once. A timer counts for its own phase only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import endpoint

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.change import Change
from paysandbox.payments.disputes import rules as dispute_rules
from paysandbox.payments.disputes.dispute import Dispute
from paysandbox.payments.ledger.store import get_payment, put_payment, step_payment
from paysandbox.payments.merchant_settings import SimulationMode, change_choices
from paysandbox.payments.operations.dispute_decided import DisputeDecided
from paysandbox.payments.operations.dispute_escalated import DisputeEscalated
from paysandbox.payments.operations.dispute_withdrawn import DisputeWithdrawn
from paysandbox.payments.payment import CONTRACT, SIMULATED, Operation, Payment, state_of
from paysandbox.payments.rules.refund import refund
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation import simulation
from paysandbox.payments.simulation.settings import merchant_settings
from paysandbox.payments.timers import due_timers, tables as timer_table, timers
from paysandbox.payments.timers.audit import TimerAudit
from paysandbox.payments.timers.due_timers import Fired
from paysandbox.payments.timers.steps import open_timers
from paysandbox.payments.timers.timer import timers_of
from tests.support.builders import build, disputes
from tests.support.builders.build import DAY, HOUR
from tests.support.builders.disputes import FEES
from tests.support.builders.payment_scenario import check
from tests.support.worlds import crash, table_snapshot, tables
from tests.support.worlds.aws_transport import Wire

SECOND = timedelta(seconds=1)
SINCE = 130 * DAY
"""How long ago the disputes were opened: so much time passes at once."""


@pytest.fixture(autouse=True)
def wire(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """The wire between the sweep and the tables."""
    tables.forget(clients=False)
    wire = Wire()
    wire.attach(runtime.ledger().client)
    wire.attach(runtime.dynamodb())
    monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append))
    yield wire
    wire.detach()


Step = Callable[["Disputed", timedelta], None]


class Disputed:
    """A payment of 10.00, captured 130 days ago. `steps` happen at times after that."""

    def __init__(self, *steps: tuple[timedelta, Step]) -> None:
        self.start = (runtime.now() - SINCE).replace(microsecond=0)
        payment, _ = put_payment(runtime.ledger(), build.authorized(10_00, automatic=True, now=self.start))
        self.id = payment.id
        for after, step in steps:
            step(self, after)
        timers.store_timers(timer_table.table(), timers_of(self.read()))

    def read(self) -> Payment:
        payment = get_payment(runtime.ledger(), self.id)
        assert payment is not None
        return payment

    def dispute(self) -> Dispute:
        return [*state_of(self.read()).disputes.values()][-1]

    def change(self, decide: Callable[[Payment, Stamp], Change], after: timedelta, source: str | None) -> None:
        key = runtime.random_suffix()
        stamp = Stamp(
            key=key,
            request_id=key,
            at=self.start + after,
            contract=CONTRACT,
            validity_s=0,
            source=source,
            dispute_fees=FEES,
        )
        step_payment(runtime.ledger(), self.id, lambda payment: decide(payment, stamp))

    def ended(self) -> tuple[str, str | None, timedelta]:
        """Return the status of the latest dispute, why it ended, and when its last step was."""
        dispute = self.dispute()
        return str(dispute.status), dispute.cause, dispute.updated_at - self.start


def opened(**arguments: Any) -> Step:
    def step(disputed: Disputed, after: timedelta) -> None:
        disputed.change(
            lambda payment, stamp: simulation.step(payment, payment.id, "dispute", arguments, stamp), after, SIMULATED
        )

    return step


def does(name: str) -> Step:
    def step(disputed: Disputed, after: timedelta) -> None:
        of = disputed.dispute().id
        disputed.change(lambda payment, stamp: simulation.step(payment, of, name, {}, stamp), after, SIMULATED)

    return step


def submits(*texts: str) -> Step:
    def step(disputed: Disputed, after: timedelta) -> None:
        of = disputed.dispute().id
        disputed.change(
            lambda payment, stamp: dispute_rules.submit(payment, of, digest="0" * 64, texts=texts, stamp=stamp),
            after,
            None,
        )

    return step


def refunded(disputed: Disputed, after: timedelta) -> None:
    operation = build.refund(9, of=next(iter(disputed.read().captures)), at=disputed.start + after)

    def decide(payment: Payment, _: Stamp) -> Change:
        return refund(payment.id, payment.merchant, operation, amount=None, currency=None, current=payment)

    disputed.change(decide, after, None)


def sweep() -> Fired:
    return due_timers.fire_due(lambda: True)


def manual(mode: SimulationMode = SimulationMode.MANUAL) -> None:
    change_choices(merchant_settings(), build.MERCHANT, simulation=mode)


NOW = timedelta(0)
INQUIRY = opened(kind="inquiry")
WINS, LOSES = submits("winning_evidence"), submits("losing_evidence")
ESCALATES = submits("escalate_inquiry_evidence")
SHOWN = submits("it was delivered")

CASES: list[tuple[str, Sequence[tuple[timedelta, Step]], tuple[str, str, timedelta], int]] = [
    ("an inquiry that nobody answers", [(NOW, INQUIRY)], ("warning_closed", "expired", 120 * DAY), 0),
    ("an inquiry that is answered", [(NOW, INQUIRY), (DAY, SHOWN)], ("warning_closed", "expired", 120 * DAY), 0),
    ("an inquiry that is won", [(NOW, INQUIRY), (DAY, WINS)], ("warning_closed", "decided", DAY + 5 * SECOND), 0),
    ("a chargeback that nobody answers", [(NOW, opened())], ("lost", "expired", 10 * DAY), 10_00),
    ("a chargeback due in an hour", [(NOW, opened(due_in=3600))], ("lost", "expired", HOUR), 10_00),
    ("a chargeback under review", [(NOW, opened()), (DAY, SHOWN)], ("lost", "decided", 15 * DAY), 10_00),
    ("winning evidence", [(NOW, opened()), (DAY, WINS)], ("won", "decided", DAY + 5 * SECOND), 0),
    ("losing evidence", [(NOW, opened()), (DAY, LOSES)], ("lost", "decided", DAY + 5 * SECOND), 10_00),
    (
        "evidence after the withdrawal",
        [(NOW, opened()), (DAY, does("withdraw")), (2 * DAY, SHOWN)],
        ("won", "decided", 16 * DAY),
        0,
    ),
    (
        "a withdrawal without evidence",
        [(NOW, opened()), (DAY, does("withdraw"))],
        ("lost", "expired", 10 * DAY),
        10_00,
    ),
    (
        "a withdrawal after the evidence",
        [(NOW, opened()), (DAY, SHOWN), (2 * DAY, does("withdraw"))],
        ("won", "decided", 15 * DAY),
        0,
    ),
    (
        "a withdrawal after the evidence of arbitration",
        [
            (NOW, opened()),
            (DAY, WINS),
            (2 * DAY, does("win")),
            (3 * DAY, does("escalate")),
            (4 * DAY, SHOWN),
            (5 * DAY, does("withdraw")),
        ],
        ("won", "decided", 18 * DAY),
        0,
    ),
    (
        "a withdrawal before losing evidence",
        [(NOW, opened()), (DAY, does("withdraw")), (2 * DAY, LOSES)],
        ("lost", "decided", 2 * DAY + 5 * SECOND),
        10_00,
    ),
    (
        "a withdrawal after losing evidence",
        [(NOW, opened()), (DAY, LOSES), (DAY + SECOND, does("withdraw"))],
        ("lost", "decided", DAY + 5 * SECOND),
        10_00,
    ),
    (
        "a withdrawal of an inquiry after the evidence",
        [(NOW, INQUIRY), (DAY, SHOWN), (2 * DAY, does("withdraw"))],
        ("warning_closed", "expired", 120 * DAY),
        0,
    ),
    (
        "a withdrawal of an earlier phase",
        [
            (NOW, opened()),
            (DAY, SHOWN),
            (2 * DAY, does("withdraw")),
            (3 * DAY, does("win")),
            (4 * DAY, does("escalate")),
            (9 * DAY, SHOWN),
        ],
        ("lost", "decided", 23 * DAY),
        10_00,
    ),
    (
        "an inquiry whose evidence escalates it",
        [(NOW, INQUIRY), (DAY, ESCALATES)],
        ("lost", "expired", 11 * DAY + 5 * SECOND),
        10_00,
    ),
    (
        "an inquiry that is escalated shortly before its end",
        [(NOW, INQUIRY), (115 * DAY, does("escalate"))],
        ("lost", "expired", 125 * DAY),
        10_00,
    ),
    (
        "pre-arbitration that nobody answers",
        [(NOW, opened()), (DAY, SHOWN), (2 * DAY, does("win")), (3 * DAY, does("escalate"))],
        ("lost", "expired", 13 * DAY),
        10_00,
    ),
    (
        "arbitration: the first review's timer is due before the second's",
        [(NOW, opened()), (DAY, SHOWN), (2 * DAY, does("win")), (3 * DAY, does("escalate")), (9 * DAY, SHOWN)],
        ("lost", "decided", 23 * DAY),
        10_00,
    ),
    (
        "arbitration that is won, although the first review would end with a loss",
        [(NOW, opened()), (DAY, LOSES), (DAY, does("win")), (DAY, does("escalate")), (DAY + SECOND, WINS)],
        ("won", "decided", DAY + 6 * SECOND),
        0,
    ),
    (
        "an inquiry that a refund has ended",
        [(NOW, INQUIRY), (DAY, ESCALATES), (DAY, refunded)],
        ("warning_closed", "refunded", DAY),
        0,
    ),
]


@pytest.mark.parametrize("steps, ends, disputed", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_disputes_end_in_time(
    steps: Sequence[tuple[timedelta, Step]], ends: tuple[str, str, timedelta], disputed: int
) -> None:
    """130 days pass at once."""
    of = Disputed(*steps)
    sweep()

    payment = of.read()
    assert of.ended() == ends
    assert (state_of(payment).disputed, payment.dispute) == (disputed, "ended")
    assert payment.refundable == (10_00 - disputed if "refunded" not in ends else 0)
    assert breaks_of(payment) == ()
    check(payment)
    assert table_snapshot.items_of(tables.TIMED) == []
    sweep()
    assert of.read() == payment


def test_the_timers_of_one_payment_are_in_the_order_of_their_times() -> None:
    """An inquiry is escalated, and the chargeback expires: two steps in one sweep, of which the stream told one."""
    of = Disputed((NOW, INQUIRY), (DAY, ESCALATES))
    assert sweep().performed == 2
    *_, escalated, lost = of.read().operations
    assert isinstance(escalated, DisputeEscalated)
    assert isinstance(lost, DisputeDecided)
    assert [one.at - of.start for one in (escalated, lost)] == [DAY + 5 * SECOND, 11 * DAY + 5 * SECOND]
    assert [one.source for one in (escalated, lost)] == [None, None]


def test_disputes_of_manual_merchants_wait() -> None:
    of = Disputed((NOW, opened()), (DAY, SHOWN))
    manual()
    sweep()
    assert of.dispute().status == "under_review"
    manual(SimulationMode.AUTOMATIC)
    sweep()
    assert of.ended() == ("lost", "decided", 15 * DAY)


def test_a_late_win_of_an_earlier_withdrawal_is_ignored() -> None:
    """It was due while the merchant was manual, and the second review's decision is due as well."""
    of = Disputed(
        (NOW, opened()),
        (DAY, SHOWN),
        (2 * DAY, does("withdraw")),
        (3 * DAY, does("win")),
        (4 * DAY, does("escalate")),
        (5 * DAY, LOSES),
        (20 * DAY, does("withdraw")),
    )
    sweep()
    assert of.ended()[:2] == ("lost", "decided")


def test_a_withdrawal_replaces_the_decision_that_was_due() -> None:
    """Only the win is listed as due, at the same time as the loss would have been."""
    of = Disputed((NOW, opened()), (DAY, SHOWN), (2 * DAY, does("withdraw")))
    assert [(timer.step, timer.at - of.start) for timer in open_timers(of.read())] == [("win", 15 * DAY)]


def test_the_loss_of_a_withdrawal_that_started_no_win_still_counts() -> None:
    """Payments from before withdrawals started one have no other decision."""
    payment = disputes.stepped(disputes.UNDER_REVIEW, "withdraw")
    earlier = replace(payment, operations=tuple(_without_timers(one) for one in payment.operations))
    assert [timer.step for timer in open_timers(earlier)] == ["lose"]


def _without_timers(operation: Operation) -> Operation:
    return replace(operation, timers=()) if isinstance(operation, DisputeWithdrawn) else operation


def test_a_late_timer_of_an_earlier_phase_is_ignored() -> None:
    """Manual: the win of the first review was never performed, and the second review's loss is due already."""
    of = Disputed(
        (NOW, opened()),
        (DAY, WINS),
        (2 * DAY, does("win")),
        (3 * DAY, does("escalate")),
        (4 * DAY, LOSES),
        (20 * DAY, does("withdraw")),
    )
    sweep()
    assert of.ended()[:2] == ("lost", "decided")


@pytest.mark.full
@pytest.mark.parametrize("trouble", [crash.KILLED_BEFORE, crash.KILLED_AFTER, crash.EVERY_ANSWER_LOST], ids=str)
def test_a_sweep_that_is_killed_is_done_once(trouble: crash.Trouble, wire: Wire) -> None:
    of = Disputed((NOW, opened()), (DAY, WINS))
    before = table_snapshot.take()
    with wire.record() as recorded:
        sweep()
    payment = of.read()
    writes = [number for number, sent in enumerate(_first(recorded)) if sent.operation != "Query"]
    for failure in crash.failures(recorded, trouble, worth=lambda _: writes):
        table_snapshot.put_back(before)
        with failure.happening(wire):
            crash.attempted(lambda: [sweep()], [])
        sweep()
        assert [(type(one), one.at) for one in of.read().operations] == [
            (type(one), one.at) for one in payment.operations
        ], failure
        assert table_snapshot.items_of(tables.TIMED) == [], failure


def _first(recorded: Sequence[Any]) -> list[Any]:
    return [sent for sent in recorded if sent.attempt == 0]


def test_the_timers_kept_are_the_timers_rebuilt() -> None:
    """Everything that is still open on a payment is stored, and nothing else is after a sweep."""
    of = Disputed((120 * DAY, opened(due_in=30 * 86_400)), (125 * DAY, SHOWN))
    sweep()
    audit = TimerAudit()
    audit.take(of.read())
    assert audit.close(runtime.ledger(), timer_table.table(), look_again=lambda: False) == []
    [stored] = [timers.timer_from(row) for row in table_snapshot.items_of(tables.TIMED) if row["step"]["S"] == "lose"]
    rebuilt = [timer for timer in timers_of(of.read()) if timer.step == "lose"]
    assert [stored] == rebuilt
    assert stored.at == of.start + 139 * DAY
