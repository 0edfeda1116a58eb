"""A run from start to end, once and repeated: the operations it settles, and those it leaves alone."""

import json
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.core.break_type import BreakType
from paysandbox.core.event_type import EventType
from paysandbox.payments.events.event import events_of
from paysandbox.payments.payment import Status, state_of
from paysandbox.settlement.batch import BatchStatus
from paysandbox.settlement.reports.reading import read_report
from paysandbox.settlement.reports.reconciliation import reconcile
from tests.support.builders.build import DAY, HOUR
from tests.support.builders.payment_scenario import capture, check, refund, run, wait
from tests.support.fakes.state_machine import Json
from tests.support.worlds.settlement_scenario import HASTY, SettlementScenario
from tests.webhooks.workers.conftest import Clock


def test_the_nightly_run_settles_the_previous_day(settling: SettlementScenario) -> None:
    mine, theirs = settling.payment(amount=10_00), settling.payment(amount=50_00, merchant="globex", currency="EUR")
    run(mine, capture(4_00), wait(HOUR), refund(1_00, of=1))
    run(theirs, capture())
    settling.night()
    assert settling.settle().status == "SUCCEEDED"

    kept = settling.latest()
    assert (kept.name, kept.status, kept.merchants, kept.set_aside) == ("2026-11-16", BatchStatus.CLOSED, 2, 0)
    told = {one.currency: (one.count, one.gross, one.refunds, one.fees, one.paid_out) for one in kept.counts}
    assert told == {"EUR": (1, 50_00, 0, 175, 48_25), "USD": (2, 4_00, 1_00, 42, 2_58)}
    for scenario in (mine, theirs):
        check(scenario.held())
        assert scenario.held().unsettled_since is None
    told_events = [one.type for one in events_of(None, mine.held())]
    assert told_events.count(EventType.TRANSACTION_SETTLED) == 2
    told_of = {(one["type"], one["data"]["batch"], one["data"]["totals"][0]["currency"]) for one in settling.told()}
    assert told_of == {("settlement_completed", "2026-11-16", code) for code in ("EUR", "USD")}
    reports = settling.reports()
    assert sorted(reports) == [
        f"2026-11-16/{m}.{e}" for m in ("demo", "globex") for e in ("csv", "json", "manifest.json")
    ]
    assert read_report(reports["2026-11-16/demo.csv"]).faults == ()
    assert {form: one.size for form, one in settling.statement("2026-11-16").reports.items()} == {
        form: len(reports[f"2026-11-16/demo.{ending}"])
        for form, ending in (("csv", "csv"), ("json", "json"), ("manifest", "manifest.json"))
    }


@pytest.mark.parametrize("asked", [{}, {"breaks": ["duplicate", "fee_mismatch", "total_mismatch"], "seed": 7}])
def test_breaks_are_in_the_reports_only(asked: Json, settling: SettlementScenario) -> None:
    """By the run's request or by a payment's outcome: books, totals, balances and payments do not change."""
    run(settling.payment(amount=10_00, plan="settle=declined"), capture(4_00), wait(HOUR), refund(1_00, of=1))
    run(settling.payment(amount=20_00), capture())
    run(settling.payment(amount=30_00), capture())
    run(settling.payment(amount=50_00, merchant="globex"), capture())
    settling.night()
    assert settling.settle(asked).status == "SUCCEEDED"

    statement, name = settling.statement("2026-11-16"), "2026-11-16/demo"
    total = statement.totals["USD"]
    assert (total.count, total.gross, total.refunds, total.fees) == (4, 54_00, 1_00, 42 + 88 + 117)
    assert statement.balances["USD"].paid_out == total.net
    reports, entries = settling.reports(), [one for one in settling.entries() if one.merchant == "demo"]
    found = reconcile(read_report(reports[f"{name}.csv"]), entries)
    key = json.loads(reports[f"{name}.breaks.json"])
    assert sorted(one.id for one in found.breaks) == sorted(one["id"] for one in key["breaks"])
    assert sorted(one["type"] for one in key["breaks"]) == sorted(["status_mismatch", *asked.get("breaks", [])])
    assert {form: one.rows for form, one in statement.reports.items()} == {
        "csv": 3 + bool(asked), "json": 3 + bool(asked), "manifest": 3 + bool(asked), "breaks": len(key["breaks"]),
    }  # fmt: skip
    assert ("2026-11-16/globex.breaks.json" in reports) is bool(asked)


@pytest.mark.full
def test_a_resumed_run_plants_the_same_breaks(settling: SettlementScenario) -> None:
    """Whatever breaks the second run asks for: those of the batch were decided when it was opened."""
    run(settling.payment(amount=10_00), capture(4_00), wait(HOUR), refund(1_00, of=1))
    settling.night()
    steps = settling.steps({"breaks": ["amount_mismatch"], "seed": 3})
    while next(steps) != "announce":
        pass
    before = settling.reports()
    assert len(before) == 4
    assert settling.settle({"breaks": ["duplicate"]}).status == "SUCCEEDED"
    assert settling.reports() == before
    assert (settling.latest().breaks, settling.latest().seed) == ((BreakType.AMOUNT_MISMATCH,), 3)


def test_unknown_breaks_are_refused(settling: SettlementScenario) -> None:
    run(settling.payment(), capture())
    settling.night()
    assert settling.settle({"breaks": ["lost"]}).status == "FAILED"
    assert settling.batches() == []


@pytest.mark.full
def test_all_events_of_a_settlement_have_its_sequence(settling: SettlementScenario) -> None:
    scenario = settling.payment(amount=10_00)
    run(scenario, capture(4_00), capture(1_00), refund(50, of=1))
    settling.night()
    settling.settle()
    told = [one for one in events_of(None, scenario.held()) if one.type is EventType.TRANSACTION_SETTLED]
    assert [one.sequence for one in told] == [scenario.held().version] * 3
    assert len({one.id for one in told}) == 3


@pytest.mark.full
@pytest.mark.parametrize("asked", [{}, {"day": "2026-11-16"}, {"cutoff": "2026-11-17T00:00:00Z"}])
def test_a_second_run_changes_nothing(settling: SettlementScenario, asked: dict[str, str]) -> None:
    run(settling.payment(), capture())
    settling.night()
    settling.settle()
    before, calls = settling.story(), len(settling.machine.called)
    assert settling.settle(asked).output["status"] == "already_closed"
    assert settling.story() == before
    assert [name for name, _ in settling.machine.called[calls:]] == ["expire_payments", "open_batch"]


@pytest.mark.full
def test_operations_after_the_cut_off_are_in_the_next_batch(settling: SettlementScenario) -> None:
    scenario = settling.payment(amount=10_00)
    run(scenario, capture(4_00))
    settling.night()
    scenario.now += DAY
    run(scenario, refund(1_00, of=1))
    settling.settle()
    assert [entry.gross for entry in settling.entries()] == [4_00]
    assert scenario.held().unsettled_since is not None
    settling.night()
    settling.settle()
    assert {entry.batch: entry.gross for entry in settling.entries()} == {"2026-11-16": 4_00, "2026-11-17": -1_00}
    assert not any(entry.late for entry in settling.entries())
    # The amount already paid out is now owed, and carried over.
    balance = settling.statement("2026-11-17").balances["USD"]
    assert (balance.opening, balance.net, balance.payout, balance.closing) == (0, -1_00, None, -1_00)


@pytest.mark.full
def test_a_debt_is_carried_through_unrelated_batches(settling: SettlementScenario) -> None:
    scenario = settling.payment(amount=10_00)
    run(scenario, capture())
    settling.night()
    settling.settle()
    run(scenario, wait(DAY), refund())
    settling.night()
    settling.settle()
    for _ in range(2):
        run(settling.payment(merchant="globex"), capture())
        settling.night()
        assert settling.settle().status == "SUCCEEDED"
    name = settling.latest().name
    assert (name, settling.statement(name).balances["USD"].closing) == ("2026-11-19", -10_00)
    assert f"{name}/demo.csv" not in settling.reports()  # no activity
    run(settling.payment(amount=20_00), capture())
    settling.night()
    settling.settle()
    balance = settling.statement(settling.latest().name).balances["USD"]
    assert (balance.opening, balance.net, balance.paid_out, balance.closing) == (-10_00, 19_12, 9_12, 0)


@pytest.mark.full
def test_a_manual_run_settles_today_and_the_nightly_run_the_rest(settling: SettlementScenario, clock: Clock) -> None:
    run(settling.payment(), capture())
    clock.advance(HOUR)
    assert settling.settle({"cutoff": "now"}).status == "SUCCEEDED"
    run(settling.payment(), capture())
    clock.advance(HOUR)
    settling.settle({"cutoff": "now"})
    run(settling.payment(), capture())
    settling.night()
    settling.settle()
    assert [one.name for one in settling.batches()] == ["2026-11-16", "2026-11-16.2", "2026-11-16.3"]
    assert sorted(entry.batch for entry in settling.entries()) == ["2026-11-16", "2026-11-16.2", "2026-11-16.3"]


@pytest.mark.full
def test_uncaptured_payments_expire_first(settling: SettlementScenario) -> None:
    scenario = settling.payment(amount=10_00, ago=timedelta(days=6, hours=20))
    run(scenario, capture(4_00))
    settling.night()
    settling.settle()
    held = scenario.held()
    check(held)
    assert (state_of(held).released, state_of(held).remaining, held.due_at) == (6_00, 0, None)
    assert state_of(held).status is not Status.APPROVED


@pytest.mark.parametrize(
    "asked, said",
    [
        ({"day": "2026-11-17"}, "in the future"),
        ({"day": "tomorrow"}, "names no day"),
        ({"day": 7}, "names no day"),
        ({"day": "9999-12-31"}, "names no day"),
        ({"cutoff": "2030-01-01T00:00:00Z"}, "in the future"),
        ({"cutoff": "2026-11-16T00:00:00"}, "has no zone"),
        ({"cutoff": None}, "names no day"),
    ],
)
def test_invalid_runs_open_no_batch(settling: SettlementScenario, asked: dict[str, Any], said: str) -> None:
    outcome = settling.settle(asked)
    assert (outcome.status, outcome.error) == ("FAILED", "SettlementRefused")
    assert said in outcome.cause
    assert settling.batches() == []


def test_a_night_without_payments_has_a_batch(settling: SettlementScenario) -> None:
    settling.night()
    assert settling.settle().status == "SUCCEEDED"
    assert (settling.latest().counts, settling.reports()) == ((), {})


@pytest.mark.full
def test_workers_with_time_for_one_page_have_the_same_result(clock: Clock) -> None:
    stories = []
    for context in (None, HASTY):
        clock.reset()
        settling = SettlementScenario(clock, context=context) if context else SettlementScenario(clock)
        for number in range(4):
            scenario = settling.payment(amount=10_00, merchant=("demo", "globex")[number % 2])
            run(scenario, capture(4_00), capture(1_00), refund(50, of=1))
        settling.night()
        assert settling.settle().status == "SUCCEEDED"
        stories.append((settling.reports(), len(settling.entries())))
    assert stories[0] == stories[1]
