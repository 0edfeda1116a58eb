"""The bank's statement of a banking day: it agrees with the records at any time, and each planted break is found."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pytest

from cli.disbursements.statement_formats import FORMATS
from paysandbox.aws import runtime
from paysandbox.disbursements.ach.file_name import read_file_name
from paysandbox.disbursements.ach.nacha_file import write_file
from paysandbox.disbursements.ach.special_accounts import SPECIAL_ACCOUNTS
from paysandbox.disbursements.ach.statement import ACH_STATEMENT, bank_statement
from paysandbox.disbursements.disbursement import Disbursement, Source
from paysandbox.disbursements.methods import AVAILABLE
from paysandbox.disbursements.statement import Statement, compare_statement, read_statement, write_statement
from paysandbox.disbursements.steps import Step, canceled_by_merchant, stepped
from paysandbox.disbursements.store.disbursements_table import put_after
from tests.disbursements.ach.ach_scenario import DAY, AchScenario
from tests.support.builders import ach
from tests.webhooks.workers.conftest import Clock

MONDAY: Final = date(2026, 11, 16)
CUTOFF: Final = timedelta(hours=6, minutes=1)
"""From the start of a test to the end of its first window."""
SETTLED: Final = CUTOFF + timedelta(hours=3)


def statement(scenario: AchScenario) -> Statement:
    """Return the bank's statement of Monday, made now, as it is read from its file."""
    keys = [key.removeprefix("out/") for key in scenario.keys("out/2026-11-16.")]
    sent = {
        read_file_name(key.removesuffix(".ach")): scenario.text(f"out/{key}") for key in keys if key.endswith(".ach")
    }
    canceled = {
        (read_file_name(file), trace)
        for file, _, trace in (key.removesuffix(".cancel").rpartition(".") for key in keys if key.endswith(".cancel"))
    }
    made = bank_statement(MONDAY, runtime.now(), sent, canceled)
    return read("".join(write_statement(made)))


def read(text: str) -> Statement:
    return read_statement(text.encode(), FORMATS.values())


def sent(scenario: AchScenario, *accounts: str) -> list[Disbursement]:
    """Send a disbursement to each account, before the first cut-off."""
    ones = [scenario.accept(account) for account in accounts]
    scenario.send(*ones)
    return ones


def advance(scenario: AchScenario, clock: Clock, by: timedelta) -> None:
    """Advance the clock, and let the worker run until it has read all that the bank says."""
    clock.advance(by)
    for _ in range(3):
        scenario.run()


def test_each_method_that_pays_declares_its_statement() -> None:
    assert set(FORMATS) == set(AVAILABLE)


@pytest.mark.full
@pytest.mark.parametrize(
    "steps", [(CUTOFF, SETTLED - CUTOFF, DAY, DAY, 29 * DAY), (31 * DAY,)], ids=["at any time", "after a month"]
)
def test_it_agrees_with_the_records(
    scenario: AchScenario, clock: Clock, steps: tuple[timedelta, ...], subtests: pytest.Subtests
) -> None:
    """Of each account with which the bank does something special, and of one that is just paid."""
    endings = ["789", *(account.ending for account in SPECIAL_ACCOUNTS)]
    ones = sent(scenario, *(f"000123456{ending}" for ending in endings))
    for step in steps:
        advance(scenario, clock, step)
        with subtests.test(str(runtime.now())):
            found = compare_statement(statement(scenario), scenario.every())
            assert (found.differences, found.unanswered, found.simulated) == ((), (), ())
            assert sorted(found.matched) == sorted(one.id for one in ones)


def test_one_that_was_made_before_the_records_are(scenario: AchScenario, clock: Clock) -> None:
    """The bank has settled and returned it, and nobody has read that yet. The statement of before still agrees."""
    sent(scenario, "000111111116")
    advance(scenario, clock, CUTOFF)
    early = statement(scenario)
    clock.advance(3 * DAY)
    late = statement(scenario)
    assert [item.status for item in (*early.items, *late.items)] == ["accepted", "returned"]
    [difference] = compare_statement(late, scenario.every()).differences
    assert (difference.type, difference.detail) == (
        "status_mismatch",
        "returned in the file, processing in the sandbox",
    )
    advance(scenario, clock, timedelta(0))
    for made in (early, late):
        assert compare_statement(made, scenario.every()).differences == ()


def test_before_the_cutoff_it_has_no_line(scenario: AchScenario) -> None:
    [one] = sent(scenario, "000123456789")
    found = compare_statement(statement(scenario), scenario.every())
    assert (found.differences, found.unanswered) == ((), (one.id,))


def test_a_file_that_the_bank_did_not_get(scenario: AchScenario, clock: Clock) -> None:
    """Until its window settles, it may still get it."""
    [one] = sent(scenario, "000123456901")
    advance(scenario, clock, CUTOFF)
    scenario.rail.files.delete("out/2026-11-16.1.1.ach")
    found = compare_statement(statement(scenario), scenario.every())
    assert (found.differences, found.unanswered) == ((), (one.id,))
    clock.advance(timedelta(hours=3))
    [difference] = compare_statement(statement(scenario), scenario.every()).differences
    assert (difference.type, difference.key) == ("missing_in_file", one.id)


def test_one_that_was_canceled(scenario: AchScenario, clock: Clock) -> None:
    [one] = sent(scenario, "000123456902")
    advance(scenario, clock, CUTOFF)
    unclaimed = scenario.now(one)
    assert put_after(scenario.table, unclaimed, canceled_by_merchant(unclaimed, runtime.now(), request_id="req_1"))
    scenario.send(one)
    found = compare_statement(statement(scenario), scenario.every())
    assert ([item.status for item in found.statement.items], found.matched) == (["returned"], (one.id,))


def test_one_that_was_simulated_is_left_out(scenario: AchScenario, clock: Clock) -> None:
    [one] = sent(scenario, "000123456789")
    advance(scenario, clock, CUTOFF)
    current = scenario.now(one)
    held = stepped(current, Step.HOLD, Source.SIMULATED, runtime.now())
    assert put_after(scenario.table, current, held)
    found = compare_statement(statement(scenario), scenario.every())
    assert (found.differences, found.matched, found.simulated) == ((), (), (one.id,))


BREAKS: Final = [
    ("12.50", "12.51", "amount_mismatch", "12.51 USD in the file, 12.50 USD in the sandbox"),
    ("returned,R03", "settled,", "status_mismatch", "settled in the file, returned in the sandbox"),
    ("returned,R03", "returned,R02", "code_mismatch", "R02 in the file, R03 in the sandbox"),
    ("returned,R03", "returned,", "code_mismatch", "none in the file, R03 in the sandbox"),
    ("2026-11-16.1.1", "2026-11-16.1.2", "reference_mismatch", "2026-11-16.1.2 in the file, 2026-11-16.1.1 in the"),
    ("settled,,C01", "settled,,C02", "code_mismatch", "C02 in the file, C01 in the sandbox"),
    ("settled,,C01", "settled,,", "code_mismatch", "none in the file, C01 in the sandbox"),
    ("settled,,,", "settled,,C01,", "code_mismatch", "C01 in the file, none in the sandbox"),
    ("USD,,", "USD,0.25,", "fee_mismatch", "0.25 USD in the file, none in the sandbox"),
]


def test_each_planted_break_is_found(scenario: AchScenario, clock: Clock, subtests: pytest.Subtests) -> None:
    """One line of four is changed, and only that one differs."""
    returned, corrected, paid, _ = sent(scenario, "000111111116", "000123456801", "000123456789", "000111111113")
    advance(scenario, clock, 3 * DAY)
    lines = "".join(write_statement(statement(scenario))).splitlines(keepends=True)
    records = scenario.every()
    for was, planted, kind, detail in BREAKS:
        with subtests.test(detail):
            one = returned if "R03" in was else corrected if "C01" in was else paid
            [place] = [place for place, line in enumerate(lines) if one.batch_id[-15:] in line]
            assert was in lines[place]
            written = [*lines[:place], lines[place].replace(was, planted), *lines[place + 1 :]]
            found = compare_statement(read("".join(written)), records)
            [difference] = found.differences
            assert (difference.type, difference.key, len(found.matched)) == (kind, one.id, 3)
            assert detail in difference.detail


@pytest.mark.full
@pytest.mark.parametrize("change, kind", [("left out", "missing_in_file"), ("twice", "duplicate")])
def test_a_line_that_is_not_there_or_twice(scenario: AchScenario, clock: Clock, change: str, kind: str) -> None:
    one, _ = sent(scenario, "000123456789", "000123456789")
    advance(scenario, clock, DAY)
    made = statement(scenario)
    [of_it] = [item for item in made.items if item.batch_id == one.batch_id[-15:]]
    others = tuple(item for item in made.items if item is not of_it)
    changed = replace(made, items=others if change == "left out" else (*made.items, of_it))
    [difference] = compare_statement(changed, scenario.every()).differences
    assert (difference.type, difference.key) == (kind, one.id)


def test_an_entry_that_the_sandbox_does_not_know(scenario: AchScenario, clock: Clock) -> None:
    sent(scenario, "000123456789")
    advance(scenario, clock, DAY)
    made = statement(scenario)
    [item] = made.items
    unknown = replace(item, batch_id="x" * 15, item_reference="110000000000001")
    [difference] = compare_statement(replace(made, items=(item, unknown)), scenario.every()).differences
    assert (difference.type, difference.key) == ("missing_in_sandbox", "110000000000001")


@pytest.mark.parametrize(
    "text, lines",
    [
        (write_file(replace(ach.file_of(ach.credit(1)), origin="021000021")), [("refused", "FILE_REFUSED")]),
        ("no file", []),
    ],
    ids=["refused", "unreadable"],
)
def test_a_file_that_the_bank_refused(text: str, lines: list[tuple[str, str]]) -> None:
    made = bank_statement(date(2026, 11, 23), ach.utc("2026-11-24"), {ach.file_name(): text}, ())
    assert [(item.status, item.code) for item in made.items] == lines


def test_the_file() -> None:
    text = write_file(ach.file_of(ach.credit(1, account="000111111116")))
    made = bank_statement(date(2026, 11, 23), ach.utc("2026-11-26"), {ach.file_name(): text}, ())
    assert made.format is ACH_STATEMENT
    assert "".join(write_statement(made)) == (
        "record_type,file,individual_id,trace_number,status,reason_code,change_code,amount,currency,fee,time_received,"
        "time_reported,effective_date,time_made,lines\n"
        f"D,2026-11-23.1.1,{made.items[0].batch_id},{made.items[0].item_reference},returned,R03,,12.50,USD,,"
        "2026-11-23T15:30:00.000000Z,2026-11-25T13:30:00.000000Z,,,\n"
        "T,,,,,,,,,,,,2026-11-23,2026-11-26T00:00:00.000000Z,1\n"
    )
