"""The entries a batch takes from a payment, and the payment afterwards: settled once, whatever happens in between."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from paysandbox.core import ids
from paysandbox.core.break_type import BreakType
from paysandbox.core.cards.brand import Brand
from paysandbox.payments.accounting import payment_postings
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.change import Change
from paysandbox.payments.events.event import events_of
from paysandbox.payments.events.rendering import render_event
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.operations.settlement import Settled, Settlement
from paysandbox.payments.payment import LineKind, Payment, state_of
from paysandbox.payments.terms import ConnectTerms
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.fees import STANDARD_FEES, Fee, FeeSchedule, read_fees
from paysandbox.settlement.settlement import Batch, ContradictionError, Entry, entries_of, settle
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR, MICROSECOND, MONDAY
from tests.support.builders.payment_scenario import (
    PaymentScenario,
    Step,
    capture,
    check,
    refund,
    run,
    times,
    void,
    wait,
)
from tests.support.builders.refund_scenario import does, planned
from tests.support.builders.stripe_payments import captured, opened, tried
from tests.support.worlds.memory_ledger import MemoryLedger

FEES = read_fees(STANDARD_FEES)
MIDNIGHT = datetime(2026, 11, 17, tzinfo=UTC)
FIRST = Batch(BatchName(date(2026, 11, 16)), MIDNIGHT)
SECOND = Batch(BatchName(date(2026, 11, 17)), MIDNIGHT + DAY, MIDNIGHT)
SETTLES_AT = MIDNIGHT + 2 * HOUR


def settled_in(scenario: PaymentScenario, batch: Batch, fees: FeeSchedule = FEES) -> tuple[Entry, ...]:
    """Return the entries a batch takes from the desk's payment, after recording them on it."""
    entries = entries_of(scenario.held(), batch, fees)
    change = settle(scenario.held(), entries, request_id="settle", at=batch.cutoff + 2 * HOUR)
    assert change is not None
    check(scenario.change(lambda _: change))
    return entries


def grosses(entries: tuple[Entry, ...]) -> list[int]:
    return [entry.gross for entry in entries]


def due(payment: Payment) -> tuple[datetime | None, datetime | None]:
    return payment.due_at, payment.unsettled_since


@pytest.mark.parametrize(
    "steps, first, second",
    [
        ([], [], []),
        ([void()], [], []),
        ([capture(4_00)], [4_00], []),
        ([capture(4_00), void()], [4_00], []),
        ([capture(4_00), refund(1_00, of=1)], [4_00, -1_00], []),
        ([capture(4_00), refund(1_00)], [4_00, -1_00], []),
        ([capture(4_00), refund()], [4_00, -4_00], []),
        ([capture(4_00), wait(DAY), refund(1_00, of=1)], [4_00], [-1_00]),
        ([capture(4_00), wait(DAY), capture(5_00)], [4_00], [5_00]),
        ([wait(DAY), capture(4_00)], [], [4_00]),
        ([wait(MIDNIGHT - MONDAY), capture(4_00)], [4_00], []),  # exactly at the cut-off is in time
        ([wait(MIDNIGHT - MONDAY + MICROSECOND), capture(4_00)], [], [4_00]),
        ([wait(3 * DAY), capture(4_00)], [], []),
        # A refund is settled once it has succeeded; one that fails afterwards is reversed.
        ([capture(4_00), planned(1_00)], [4_00], []),
        ([capture(4_00), planned(1_00), does("succeed")], [4_00, -1_00], []),
        ([capture(4_00), planned(1_00), wait(DAY), does("succeed")], [4_00], [-1_00]),
        ([capture(4_00), planned(1_00), does("fail")], [4_00], []),
        ([capture(4_00), planned(1_00), does("require_action"), wait(DAY), does("expire")], [4_00], []),
        ([capture(4_00), refund(1_00), wait(HOUR), does("fail")], [4_00, -1_00, 1_00], []),
        ([capture(4_00), refund(1_00), wait(DAY), does("fail")], [4_00, -1_00], [1_00]),
        ([capture(4_00), planned(1_00), wait(DAY), does("succeed"), wait(HOUR), does("fail")], [4_00], [-1_00, 1_00]),
    ],
)
def test_selection_of_operations(
    memory_ledger: MemoryLedger, steps: list[Step], first: list[int], second: list[int]
) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, *steps)

    assert grosses(entries_of(scenario.held(), FIRST, FEES)) == first
    if first:
        settled_in(scenario, FIRST)
    assert grosses(entries_of(scenario.held(), SECOND, FEES)) == second
    assert grosses(entries_of(scenario.held(), FIRST, FEES)) == first  # the same after the batch was closed


def test_complete_entry(memory_ledger: MemoryLedger) -> None:
    kept = build.card(brand=Brand.AMEX, last4="0005")
    scenario = PaymentScenario.open(
        memory_ledger, build.authorized(10_00, currency="EUR", kept_card=kept, reference="=order-1", merchant="g")
    )
    run(scenario, capture(4_00), wait(HOUR), refund(1_50, of=1))

    took, gave = entries_of(scenario.held(), FIRST, FEES)
    assert took == Entry(
        batch="2026-11-16",
        merchant="g",
        currency="EUR",
        operation_id=build.operation_id("cap", 1),
        payment_id=build.PAYMENT_ID,
        kind=LineKind.CAPTURE,
        occurred_at=MONDAY,
        gross=4_00,
        fee=30 + 14,
        brand=Brand.AMEX,
        last4="0005",
        reference="=order-1",
    )
    assert took.net == 3_56
    changed = {"operation_id": build.operation_id("ref", 2), "kind": LineKind.REFUND, "occurred_at": MONDAY + HOUR}
    assert gave == replace(took, **changed, gross=-1_50, fee=0)
    assert gave.net == -1_50


def test_entries_name_their_kind(memory_ledger: MemoryLedger) -> None:
    """Only a capture has a fee. A reversal has the ID of the operation by which the refund failed."""
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(4_00), wait(HOUR), refund(1_00), wait(HOUR), does("fail"))
    failure = scenario.held().operations[-1].id

    entries = entries_of(scenario.held(), FIRST, FEES)
    assert [(str(one.kind), one.gross, one.fee) for one in entries] == [
        ("capture", 4_00, 42),
        ("refund", -1_00, 0),
        ("refund_reversal", 1_00, 0),
    ]
    assert (entries[-1].operation_id, entries[-1].occurred_at) == (failure, MONDAY + 2 * HOUR)
    settled_in(scenario, FIRST)
    (event,) = (
        event for event in events_of(None, scenario.held()) if event.settled is not None and event.settled.id == failure
    )
    assert json.loads(render_event(event))["data"]["type"] == "refund_reversal"


def test_only_captures_plant_the_break_of_their_payment(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, replace(build.authorized(10_00), plan="settle=fee_mismatch"))
    run(scenario, capture(4_00), wait(HOUR), refund(1_00, of=1), capture(5_00))

    assert [(str(one.kind), one.planted) for one in entries_of(scenario.held(), FIRST, FEES)] == [
        ("capture", BreakType.FEE_MISMATCH),
        ("capture", BreakType.FEE_MISMATCH),
        ("refund", None),
    ]


def test_a_pending_refund_is_settled_at_its_success(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture())
    settled_in(scenario, FIRST)
    run(scenario, planned(1_00))
    assert due(scenario.held()) == (None, None)
    run(scenario, wait(DAY), does("succeed"))

    (entry,) = entries_of(scenario.held(), SECOND, FEES)
    assert (entry.occurred_at, entry.late) == (MONDAY + DAY, False)
    assert due(scenario.held()) == (MONDAY, MONDAY + DAY)


def test_a_refund_that_fails_after_its_settlement_is_due_again(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(), refund(1_00))
    settled_in(scenario, FIRST)
    run(scenario, wait(DAY), does("fail"))

    assert due(scenario.held()) == (MONDAY, MONDAY + DAY)
    assert grosses(settled_in(scenario, SECOND)) == [1_00]
    assert due(scenario.held()) == (None, None)


def test_capture_of_one_minor_unit() -> None:
    (entry,) = entries_of(build.lived(10_00, captures=[1]), FIRST, FEES)
    assert (entry.kind, entry.gross, entry.fee) == (LineKind.CAPTURE, 1, 1)


def test_operations_before_the_previous_cut_off_are_late(memory_ledger: MemoryLedger) -> None:
    """Recorded before a cut-off, but seen after that batch was closed."""
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(4_00), wait(DAY), capture(5_00))

    assert [entry.late for entry in entries_of(scenario.held(), FIRST, FEES)] == [False]
    assert [entry.late for entry in entries_of(scenario.held(), SECOND, FEES)] == [True, False]


@pytest.mark.parametrize("since_cutoff, late", [(-MICROSECOND, True), (0 * DAY, True), (MICROSECOND, False)])
def test_operations_at_the_previous_cut_off_are_late(
    memory_ledger: MemoryLedger, since_cutoff: timedelta, late: bool
) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, wait(MIDNIGHT - MONDAY + since_cutoff), capture(4_00))

    assert [entry.late for entry in entries_of(scenario.held(), SECOND, FEES)] == [late]


@pytest.mark.parametrize(
    "steps, after",
    [
        ([capture()], (None, None)),
        ([capture(4_00, final=True)], (None, None)),
        ([capture(4_00), void()], (None, None)),
        ([capture(4_00)], (MONDAY, None)),  # the rest of the hold will expire
        ([capture(4_00), refund(of=1)], (MONDAY, None)),
        ([capture(), wait(DAY), refund(1_00)], (MONDAY, MONDAY + DAY)),  # the next batch has an entry
        ([capture(4_00), wait(DAY), capture(1_00), wait(HOUR), refund(1_00, of=1)], (MONDAY, MONDAY + DAY)),
    ],
)
def test_due_time_after_settlement(
    memory_ledger: MemoryLedger, steps: list[Step], after: tuple[object, object]
) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, *steps)
    settled_in(scenario, FIRST)

    assert due(scenario.held()) == after


def test_settlement_keeps_the_status(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(4_00), refund(1_00, of=1))
    before = state_of(scenario.held())
    settled_in(scenario, FIRST)

    after = state_of(scenario.held())
    assert replace(after, lines={}) == replace(before, lines={})
    assert after.lines == {
        of: replace(line, batch="2026-11-16", fee=fee)
        for (of, line), fee in zip(before.lines.items(), (42, 0), strict=True)
    }


def test_postings_of_a_settlement(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(4_00), refund(1_00, of=1))
    before = payment_postings(scenario.held())
    settled_in(scenario, FIRST)

    posted = payment_postings(scenario.held())[len(before) :]
    assert [(posting.debit, posting.credit, posting.amount) for posting in posted] == [
        ("merchant_pending:demo", "merchant_available:demo", 3_58),
        ("merchant_pending:demo", "fee_income", 42),
        ("bank_cash", "scheme_receivable", 4_00),
        ("merchant_available:demo", "merchant_pending:demo", 1_00),
        ("scheme_receivable", "bank_cash", 1_00),
    ]


def test_refunds_may_have_fees(memory_ledger: MemoryLedger) -> None:
    """No schedule of ours charges one; a recorded fee is posted all the same."""
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(4_00), refund(1_00, of=1))
    entries = [replace(entry, fee=5) for entry in entries_of(scenario.held(), FIRST, FEES)]
    change = settle(scenario.held(), entries, request_id="settle", at=SETTLES_AT)
    assert change is not None
    check(scenario.change(lambda _: change))


# --- once -------------------------------------------------------------------------------------------------------------


def test_settlement_is_idempotent(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(4_00))
    entries = settled_in(scenario, FIRST)

    assert settle(scenario.held(), entries, request_id="again", at=SETTLES_AT) is None


def test_concurrent_runs_settle_once(memory_ledger: MemoryLedger) -> None:
    """Both have read the payment; the second one's write is refused, and finds its operation already recorded."""
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(4_00))
    entries = entries_of(scenario.held(), FIRST, FEES)
    one, two = (settle(scenario.held(), entries, request_id=name, at=SETTLES_AT) for name in ("one", "two"))
    assert one is not None
    assert two is not None
    first = scenario.change(lambda _: one)
    second = scenario.change(lambda _: two)

    assert first == second == scenario.held()
    assert [operation.request_id for operation in first.operations[2:]] == ["one"]


def test_concurrent_operations_are_not_included(memory_ledger: MemoryLedger) -> None:
    """A refund after the payment was read: the decision is taken again, for the same entries."""
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(4_00))
    seen = scenario.held()
    entries = entries_of(seen, FIRST, FEES)
    run(scenario, refund(1_00, of=1))

    def decide(current: Payment | None) -> Change:
        change = settle(current or seen, entries, request_id="settle", at=SETTLES_AT)
        assert change is not None
        return change

    after = scenario.change(decide)
    check(after)
    assert after.operations[-1].settled == (Settled(build.operation_id("cap", 1), 42),)  # pyright: ignore[reportAttributeAccessIssue] - the last operation is the settlement
    assert due(after) == (MONDAY, MONDAY)
    # A closed batch does not change: the refund was recorded in time, and is in the next batch, late.
    assert grosses(entries_of(after, FIRST, FEES)) == [4_00]
    assert [(entry.gross, entry.late) for entry in entries_of(after, SECOND, FEES)] == [(-1_00, True)]


@pytest.mark.parametrize(
    "given, happens, second",
    [
        ([planned(1_00)], does("succeed"), [(-1_00, True)]),
        ([planned(1_00)], does("fail"), []),
        ([refund(1_00)], does("fail"), [(1_00, True)]),
        ([planned(1_00), does("succeed")], does("fail"), [(1_00, True)]),
    ],
)
def test_a_refund_may_end_while_a_batch_closes(
    memory_ledger: MemoryLedger, given: list[Step], happens: Step, second: list[tuple[int, bool]]
) -> None:
    """After its entries were collected: the batch keeps what it has, and what is new is in the next one."""
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(4_00), *given)
    seen = scenario.held()
    entries = entries_of(seen, FIRST, FEES)
    run(scenario, happens)

    def decide(current: Payment | None) -> Change:
        change = settle(current or seen, entries, request_id="settle", at=SETTLES_AT)
        assert change is not None
        return change

    after = scenario.change(decide)
    check(after)
    assert entries_of(after, FIRST, FEES) == entries
    assert [(one.gross, one.late) for one in entries_of(after, SECOND, FEES)] == second


def test_settlements_do_not_count_towards_the_limit_of_operations(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(4_00), *times(3, refund(10, of=1)))
    settled_in(scenario, FIRST)

    assert len(scenario.held().amounts) == 4


def test_fees_are_those_of_the_settlement_day(memory_ledger: MemoryLedger) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(4_00))
    entries = settled_in(scenario, FIRST)

    assert entries_of(scenario.held(), FIRST, FeeSchedule(Fee(0, 0))) == entries


# --- shared with another merchant -------------------------------------------------------------------------------------

ACCOUNT = "connected-aaaaaaaaaaaaaaaa"
TERMS = ConnectTerms(other=ACCOUNT, destination="acct_aaaaaaaaaaaaaaaa", fee=1_00)


def shared() -> tuple[Payment, list[Entry], list[Entry]]:
    """Return a captured payment that is shared, and the entries of its merchant and of the other one."""
    payment = captured(tried(opened(10_00, connect=TERMS)))
    entries = entries_of(payment, FIRST, FEES)
    own = [one for one in entries if one.merchant == build.MERCHANT]
    return payment, own, [one for one in entries if one.merchant == ACCOUNT]


def test_each_merchant_has_entries_of_its_own() -> None:
    _, own, theirs = shared()
    assert sorted((str(one.kind), one.gross, one.fee) for one in own) == [
        ("application_fee", 1_00, 0),
        ("capture", 10_00, 59),
        ("transfer", -10_00, 0),
    ]
    assert sorted((str(one.kind), one.gross, one.fee) for one in theirs) == [
        ("application_fee", -1_00, 0),
        ("transfer", 10_00, 0),
    ]


def test_each_merchant_of_a_payment_is_settled_by_itself() -> None:
    """The payment is due until both are."""
    payment, own, theirs = shared()
    for entries, of, after in (
        (own, None, (MONDAY, theirs[0].occurred_at)),
        (theirs, ACCOUNT, (None, None)),
    ):
        change = settle(payment, entries, request_id="settle", at=SETTLES_AT, contract=7)
        assert change is not None
        operation = Settlement(
            id=ids.settlement_id(payment.id, "2026-11-16", of),
            request_id="settle",
            at=SETTLES_AT,
            contract=7,
            batch="2026-11-16",
            settled=tuple(Settled(one.operation_id, one.fee) for one in entries),
            of=of,
        )
        assert (change.payment_id, change.merchant, change.operation) == (payment.id, build.MERCHANT, operation)
        payment = change.apply(payment)
        assert (due(payment), breaks_of(payment)) == (after, ())
        assert settle(payment, entries, request_id="again", at=SETTLES_AT) is None


def test_lines_of_another_merchant_are_rejected() -> None:
    payment, own, theirs = shared()
    for entries, merchant in ((own, ACCOUNT), (theirs, build.MERCHANT)):
        with pytest.raises(ContradictionError) as caught:
            settle(payment, [replace(entries[0], merchant=merchant)], request_id="settle", at=SETTLES_AT)
        reason = f"2026-11-16 has {entries[0].operation_id} as a line of {merchant}"
        assert (caught.value.payment_id, caught.value.reason) == (payment.id, reason)


# --- not settleable ---------------------------------------------------------------------------------------------------

CAPTURED = build.lived(10_00, captures=[4_00])


@pytest.mark.parametrize(
    "spoilt, reason",
    [
        ({"remaining": 6_01}, "counters: remaining is 6.01 USD, but its operations give 6.00 USD"),
        ({"amounts": {}}, "operations: .* has no amount"),
        ({"unsettled_since": None}, "counters: .* is in no batch, but is not due"),
        ({"version": 9, "refundable": 1}, "counters: version is 9.*; counters: refundable is 0.01 USD"),
    ],
)
def test_inconsistent_payments_are_excluded_with_a_reason(spoilt: dict[str, Any], reason: str) -> None:
    payment = replace(CAPTURED, **spoilt)
    with pytest.raises(ContradictionError, match=reason) as caught:
        entries_of(payment, FIRST, FEES)
    assert caught.value.payment_id == payment.id
    assert len(caught.value.reason) <= 500


def test_reasons_are_bounded() -> None:
    long = build.lived(10_000, captures=[100] * 50)
    with pytest.raises(ContradictionError) as caught:
        entries_of(replace(long, amounts={}), FIRST, FEES)
    assert len(caught.value.reason) == 500


@pytest.mark.parametrize(
    "spoilt",
    [
        {"gross": 4_01},
        {"kind": LineKind.REFUND_REVERSAL},
        {"operation_id": build.operation_id("cap", 9)},
        {"operation_id": build.PAYMENT_ID},
        {"batch": "2026-11-17"},
    ],
)
def test_entries_without_an_operation_are_rejected(memory_ledger: MemoryLedger, spoilt: dict[str, Any]) -> None:
    scenario = PaymentScenario.open(memory_ledger, build.authorized(10_00))
    run(scenario, capture(4_00))
    (entry,) = settled_in(scenario, FIRST) if "batch" in spoilt else entries_of(scenario.held(), FIRST, FEES)
    with pytest.raises(ContradictionError, match="and the payment says otherwise") as caught:
        settle(scenario.held(), [replace(entry, **spoilt)], request_id="settle", at=SETTLES_AT)
    assert caught.value.payment_id == scenario.payment_id


# --- presented late ---------------------------------------------------------------------------------------------------


def presented(payment: Payment, number: int, until: datetime) -> Payment:
    """Return the payment after the network was told to expect this capture only at `until`."""
    delayed = PresentmentDelayed(
        id=build.operation_id("prs", number),
        request_id="late",
        at=payment.operations[-1].at,
        contract=1,
        capture_id=[*payment.captures][number - 1],
        until=until,
    )
    return replace(payment, operations=(*payment.operations, delayed), version=payment.version + 1)


@pytest.mark.parametrize(
    "until, first, second",
    [
        (MIDNIGHT, [4_00], []),
        (MIDNIGHT + MICROSECOND, [], [(4_00, True)]),
        (MIDNIGHT + DAY, [], [(4_00, True)]),
        (MIDNIGHT + DAY + MICROSECOND, [], []),
    ],
)
def test_a_capture_is_settled_when_it_is_presented(
    until: datetime, first: list[int], second: list[tuple[int, bool]]
) -> None:
    payment = presented(build.lived(10_00, captures=[4_00]), 1, until)

    assert grosses(entries_of(payment, FIRST, FEES)) == first
    if not first:
        assert [(one.gross, one.late) for one in entries_of(payment, SECOND, FEES)] == second


@pytest.mark.parametrize("until", [2 * DAY, 9 * DAY])
def test_payments_with_delayed_presentments_stay_due(until: timedelta) -> None:
    payment = presented(build.lived(10_00, captures=[4_00, 1_00]), 1, MONDAY + until)
    change = settle(payment, entries_of(payment, FIRST, FEES), request_id="settle", at=SETTLES_AT)

    assert change is not None
    assert due(change.apply(payment)) == (MONDAY, MONDAY)
