"""A run from its start to its end, once and again: what a night settles, and what it leaves alone."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.core.event_type import EventType
from paysandbox.payments.event import events_of
from paysandbox.payments.payment import Status, state_of
from paysandbox.settlement.batch import BatchStatus
from paysandbox.settlement.report_reading import read_report
from tests.support.build import DAY, HOUR
from tests.support.desk import capture, check, refund, run, wait
from tests.support.settlement_house import HASTY, House
from tests.webhooks.workers.conftest import Clock


def test_a_night_settles_the_day_before(house: House) -> None:
    mine, theirs = house.payment(amount=10_00), house.payment(amount=50_00, merchant="globex", currency="EUR")
    run(mine, capture(4_00), wait(HOUR), refund(1_00, of=1))
    run(theirs, capture())
    house.night()
    assert house.settle().status == "SUCCEEDED"

    kept = house.latest()
    assert (kept.name, kept.status, kept.merchants, kept.set_aside) == ("2026-11-16", BatchStatus.CLOSED, 2, 0)
    told = {one.currency: (one.count, one.gross, one.refunds, one.fees, one.paid_out) for one in kept.counts}
    assert told == {"EUR": (1, 50_00, 0, 175, 48_25), "USD": (2, 4_00, 1_00, 42, 2_58)}
    for desk in (mine, theirs):
        check(desk.held())
        assert desk.held().unsettled_since is None
    told_events = [one.type for one in events_of(None, mine.held())]
    assert told_events.count(EventType.TRANSACTION_SETTLED) == 2
    told_of = {(one["type"], one["data"]["batch"], one["data"]["totals"][0]["currency"]) for one in house.told()}
    assert told_of == {("settlement_completed", "2026-11-16", code) for code in ("EUR", "USD")}
    reports = house.reports()
    assert sorted(reports) == [
        f"2026-11-16/{m}.{e}" for m in ("demo", "globex") for e in ("csv", "json", "manifest.json")
    ]
    assert read_report(reports["2026-11-16/demo.csv"]).faults == ()
    assert {form: one.size for form, one in house.statement("2026-11-16").reports.items()} == {
        form: len(reports[f"2026-11-16/demo.{ending}"])
        for form, ending in (("csv", "csv"), ("json", "json"), ("manifest", "manifest.json"))
    }


def test_all_events_of_a_settlement_have_its_sequence(house: House) -> None:
    desk = house.payment(amount=10_00)
    run(desk, capture(4_00), capture(1_00), refund(50, of=1))
    house.night()
    house.settle()
    told = [one for one in events_of(None, desk.held()) if one.type is EventType.TRANSACTION_SETTLED]
    assert [one.sequence for one in told] == [desk.held().version] * 3
    assert len({one.id for one in told}) == 3


@pytest.mark.parametrize("asked", [{}, {"day": "2026-11-16"}, {"cutoff": "2026-11-17T00:00:00Z"}])
def test_again_nothing_changes(house: House, asked: dict[str, str]) -> None:
    run(house.payment(), capture())
    house.night()
    house.settle()
    before, calls = house.story(), len(house.machine.called)
    assert house.settle(asked).output["status"] == "already_closed"
    assert house.story() == before
    assert [name for name, _ in house.machine.called[calls:]] == ["expire_payments", "open_batch"]


def test_what_comes_after_the_cutoff_is_the_next_nights(house: House) -> None:
    desk = house.payment(amount=10_00)
    run(desk, capture(4_00))
    house.night()
    desk.now += DAY
    run(desk, refund(1_00, of=1))
    house.settle()
    assert [entry.gross for entry in house.entries()] == [4_00]
    assert desk.held().unsettled_since is not None
    house.night()
    house.settle()
    assert {entry.batch: entry.gross for entry in house.entries()} == {"2026-11-16": 4_00, "2026-11-17": -1_00}
    assert not any(entry.late for entry in house.entries())
    # What was paid out is owed now, and carried over.
    balance = house.statement("2026-11-17").balances["USD"]
    assert (balance.opening, balance.net, balance.payout, balance.closing) == (0, -1_00, None, -1_00)


@pytest.mark.full
def test_a_debt_is_carried_through_batches_that_are_about_others(house: House) -> None:
    desk = house.payment(amount=10_00)
    run(desk, capture())
    house.night()
    house.settle()
    run(desk, wait(DAY), refund())
    house.night()
    house.settle()
    for _ in range(2):
        run(house.payment(merchant="globex"), capture())
        house.night()
        assert house.settle().status == "SUCCEEDED"
    name = house.latest().name
    assert (name, house.statement(name).balances["USD"].closing) == ("2026-11-19", -10_00)
    assert f"{name}/demo.csv" not in house.reports()  # nothing happened
    run(house.payment(amount=20_00), capture())
    house.night()
    house.settle()
    balance = house.statement(house.latest().name).balances["USD"]
    assert (balance.opening, balance.net, balance.paid_out, balance.closing) == (-10_00, 19_12, 9_12, 0)


def test_now_settles_today_and_the_night_the_rest_of_it(house: House, clock: Clock) -> None:
    run(house.payment(), capture())
    clock.advance(HOUR)
    assert house.settle({"cutoff": "now"}).status == "SUCCEEDED"
    run(house.payment(), capture())
    clock.advance(HOUR)
    house.settle({"cutoff": "now"})
    run(house.payment(), capture())
    house.night()
    house.settle()
    assert [one.name for one in house.batches()] == ["2026-11-16", "2026-11-16.2", "2026-11-16.3"]
    assert sorted(entry.batch for entry in house.entries()) == ["2026-11-16", "2026-11-16.2", "2026-11-16.3"]


@pytest.mark.full
def test_what_was_not_captured_in_time_expires_first(house: House) -> None:
    desk = house.payment(amount=10_00, ago=timedelta(days=6, hours=20))
    run(desk, capture(4_00))
    house.night()
    house.settle()
    held = desk.held()
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
def test_what_cannot_be_settled_is_refused_and_opens_nothing(house: House, asked: dict[str, Any], said: str) -> None:
    outcome = house.settle(asked)
    assert (outcome.status, outcome.error) == ("FAILED", "SettlementRefused")
    assert said in outcome.cause
    assert house.batches() == []


def test_a_night_without_payments_is_a_batch_too(house: House) -> None:
    house.night()
    assert house.settle().status == "SUCCEEDED"
    assert (house.latest().counts, house.reports()) == ((), {})


@pytest.mark.full
def test_workers_that_have_time_for_a_page_only_come_to_the_same(clock: Clock) -> None:
    stories = []
    for context in (None, HASTY):
        clock.reset()
        house = House(clock, **({"context": context} if context else {}))
        for number in range(4):
            desk = house.payment(amount=10_00, merchant=("demo", "globex")[number % 2])
            run(desk, capture(4_00), capture(1_00), refund(50, of=1))
        house.night()
        assert house.settle().status == "SUCCEEDED"
        stories.append((house.reports(), len(house.entries())))
    assert stories[0] == stories[1]
