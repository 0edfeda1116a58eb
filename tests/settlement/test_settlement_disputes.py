"""The lines of disputes: what each takes and returns, in the batch of its day, whatever happens in between."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from api_reference.events import EVENTS
from paysandbox.core.event_type import EventType
from paysandbox.payments.accounting import payment_postings
from paysandbox.payments.change import Change
from paysandbox.payments.events.event import events_of
from paysandbox.payments.events.rendering import render_event
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.payments.payment import Payment
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.fees import STANDARD_FEES, read_fees
from paysandbox.settlement.settlement import Batch, Entry, entries_of, settle
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR, MICROSECOND, MONDAY
from tests.support.builders.dispute_scenario import accepted, disputed, stepped, submitted
from tests.support.builders.payment_scenario import PaymentScenario, Step, capture, check, refund, run, wait
from tests.support.builders.refund_scenario import does, planned
from tests.support.worlds.memory_ledger import MemoryLedger

FEES = read_fees(STANDARD_FEES)
MIDNIGHT = datetime(2026, 11, 17, tzinfo=UTC)
FIRST = Batch(BatchName(date(2026, 11, 16)), MIDNIGHT)
SECOND = Batch(BatchName(date(2026, 11, 17)), MIDNIGHT + DAY, MIDNIGHT)

TAKEN = [("chargeback", -10_00), ("dispute_fee", -15_00)]
RETURNED = [("chargeback_reversal", 10_00), ("dispute_fee_reversal", 15_00)]
WON: tuple[Step, ...] = (disputed(), wait(HOUR), submitted(), wait(HOUR), stepped("win"))


def settled_in(scenario: PaymentScenario, batch: Batch) -> tuple[Entry, ...]:
    """Return the entries a batch takes from the payment, after recording them on it."""
    entries = entries_of(scenario.held(), batch, FEES)
    change = settle(scenario.held(), entries, request_id="settle", at=batch.cutoff + 2 * HOUR)
    assert change is not None
    check(scenario.change(lambda _: change))
    return entries


def due(payment: Payment) -> tuple[datetime | None, datetime | None]:
    return payment.due_at, payment.unsettled_since


def kinds(entries: tuple[Entry, ...], *, without: str = "capture") -> list[tuple[str, int]]:
    return sorted((str(one.kind), one.gross) for one in entries if one.kind != without)


@pytest.mark.parametrize(
    "steps, first, second",
    [
        # Of a payment that is settled, or is settled with it.
        ([capture(), disputed()], TAKEN, []),
        ([capture(), wait(DAY), disputed()], [], TAKEN),
        ([capture(), wait(MIDNIGHT - MONDAY), disputed()], TAKEN, []),
        ([capture(), wait(MIDNIGHT - MONDAY + MICROSECOND), disputed()], [], TAKEN),
        # Of one that is captured or refunded in part: what can still be refunded.
        ([capture(4_00), disputed()], [("chargeback", -4_00), TAKEN[1]], []),
        ([capture(4_00), capture(5_00), disputed(6_00)], [("chargeback", -6_00), TAKEN[1]], []),
        ([capture(), refund(3_00), disputed()], [("chargeback", -7_00), TAKEN[1], ("refund", -3_00)], []),
        ([capture(), planned(3_00), disputed()], [("chargeback", -7_00), TAKEN[1]], []),
        (
            [capture(), refund(3_00), wait(DAY), disputed(), does("fail")],
            [("refund", -3_00)],
            [("chargeback", -7_00), TAKEN[1], ("refund_reversal", 3_00)],
        ),
        # An inquiry takes nothing, unless it becomes a chargeback.
        ([capture(), disputed(kind="inquiry"), submitted(), stepped("lose")], [], []),
        ([capture(), disputed(kind="inquiry"), wait(DAY), stepped("escalate")], [], TAKEN),
        # Only a won dispute returns what it took. What is contested is taken again, without another fee.
        ([capture(), disputed(), submitted(), stepped("withdraw")], TAKEN, []),
        ([capture(), disputed(), wait(DAY), accepted()], TAKEN, []),
        ([capture(), disputed(), wait(DAY), stepped("expire")], TAKEN, []),
        ([capture(), disputed(), submitted(), wait(DAY), stepped("lose")], TAKEN, []),
        ([capture(), disputed(), submitted(), wait(DAY), stepped("win")], TAKEN, RETURNED),
        ([capture(), *WON], [*TAKEN, *RETURNED], []),
        ([capture(), *WON, wait(DAY), stepped("escalate")], [*TAKEN, *RETURNED], TAKEN[:1]),
        (
            [capture(), *WON, stepped("escalate"), wait(DAY), submitted(), stepped("win")],
            [*TAKEN, *RETURNED, TAKEN[0]],
            RETURNED[:1],
        ),
        ([capture(), *WON, wait(DAY), refund()], [*TAKEN, *RETURNED], [("refund", -10_00)]),
        # One after the other.
        (
            [capture(), disputed(4_00), accepted(), wait(DAY), disputed()],
            [("chargeback", -4_00), TAKEN[1]],
            [("chargeback", -6_00), TAKEN[1]],
        ),
        (
            [capture(), *[disputed(1_00), accepted()] * 10],
            [*[("chargeback", -1_00)] * 10, *[TAKEN[1]] * 10],
            [],
        ),
    ],
)
def test_lines_are_in_the_batch_of_their_day(
    memory_ledger: MemoryLedger,
    steps: list[Step],
    first: list[tuple[str, int]],
    second: list[tuple[str, int]],
) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, *steps)
    check(scenario.held())

    assert kinds(settled_in(scenario, FIRST)) == sorted(first)
    assert kinds(entries_of(scenario.held(), SECOND, FEES)) == sorted(second)
    if second:
        settled_in(scenario, SECOND)
    assert scenario.held().unsettled_since is None


def test_lines_of_disputes_have_no_processing_fee(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(), *WON)
    entries = settled_in(scenario, FIRST)
    assert [(one.fee, one.net) for one in entries if one.kind != "capture"] == [
        (0, one.gross) for one in entries if one.kind != "capture"
    ]
    assert len({one.operation_id for one in entries}) == 5


def test_postings_of_dispute_lines(memory_ledger: MemoryLedger) -> None:
    """The card network pays chargebacks back; dispute fees are between the merchant and the processor."""
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture())
    settled_in(scenario, FIRST)
    run(scenario, wait(DAY), disputed())
    before = payment_postings(scenario.held())
    settled_in(scenario, SECOND)
    assert [
        (one.debit, one.credit, one.amount) for one in (*before[-2:], *payment_postings(scenario.held())[len(before) :])
    ] == [
        ("merchant_pending:demo", "scheme_receivable", 10_00),
        ("merchant_pending:demo", "dispute_fee_income", 15_00),
        ("merchant_available:demo", "merchant_pending:demo", 10_00),
        ("scheme_receivable", "bank_cash", 10_00),
        ("merchant_available:demo", "merchant_pending:demo", 15_00),
    ]


def test_a_dispute_makes_a_settled_payment_due_again(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture())
    settled_in(scenario, FIRST)
    assert due(scenario.held()) == (None, None)
    run(scenario, wait(DAY), disputed())
    assert due(scenario.held()) == (MONDAY, MONDAY + DAY)
    settled_in(scenario, SECOND)
    assert due(scenario.held()) == (None, None)
    run(scenario, wait(DAY), submitted())
    assert due(scenario.held()) == (None, None)
    run(scenario, stepped("win"))
    assert due(scenario.held()) == (MONDAY, MONDAY + 2 * DAY)


def test_each_line_has_an_event_of_its_own(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(), *WON)
    entries = settled_in(scenario, FIRST)
    rendered = [render_event(one) for one in events_of(None, scenario.held()) if one.settled]
    events = [json.loads(text)["data"] for text in rendered]
    for text in rendered:
        EVENTS[EventType.TRANSACTION_SETTLED].model_validate_json(text)
    assert [(one["transaction_id"], one["type"], one["gross"], one["fee"], one["net"]) for one in events] == [
        (one.operation_id, str(one.kind), one.gross, one.fee, one.net) for one in entries
    ]


# --- while a batch closes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given, happens, first, second",
    [
        ([], disputed(), [], TAKEN),
        ([], disputed(kind="inquiry"), [], []),
        ([disputed(kind="inquiry")], stepped("escalate"), [], TAKEN),
        ([disputed(), submitted()], stepped("win"), TAKEN, RETURNED),
        ([disputed(), submitted()], stepped("lose"), TAKEN, []),
        ([disputed()], accepted(), TAKEN, []),
        ([*WON], stepped("escalate"), [*TAKEN, *RETURNED], TAKEN[:1]),
    ],
)
def test_a_dispute_step_after_collection_is_in_the_next_batch(
    memory_ledger: MemoryLedger,
    given: list[Step],
    happens: Step,
    first: list[tuple[str, int]],
    second: list[tuple[str, int]],
) -> None:
    """After its entries were collected: the batch keeps what it has, and what is new is in the next one, late."""
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(), *given)
    seen = scenario.held()
    entries = entries_of(seen, FIRST, FEES)
    run(scenario, happens)

    def decide(current: Payment | None) -> Change:
        change = settle(current or seen, entries, request_id="settle", at=MIDNIGHT + 2 * HOUR)
        assert change is not None
        return change

    after = scenario.change(decide)
    check(after)
    assert isinstance(after.operations[-1], Settlement)
    assert kinds(entries) == sorted(first)
    assert entries_of(after, FIRST, FEES) == entries
    later = entries_of(after, SECOND, FEES)
    assert (kinds(later), [one.late for one in later]) == (sorted(second), [True] * len(second))
    if second:
        settled_in(scenario, SECOND)
    assert scenario.held().unsettled_since is None


@pytest.mark.parametrize("since_cutoff", [timedelta(0), MICROSECOND])
def test_a_chargeback_at_the_cut_off(memory_ledger: MemoryLedger, since_cutoff: timedelta) -> None:
    """At the cut-off is in time, also for a capture of the same moment."""
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, wait(MIDNIGHT - MONDAY), capture(), wait(since_cutoff), disputed())
    assert kinds(settled_in(scenario, FIRST)) == ([] if since_cutoff else TAKEN)
