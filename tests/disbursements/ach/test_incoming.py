"""A disbursement by ACH from acceptance to its return: closing windows, the bank's files, and reading them once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import achkit
import pytest

from paysandbox.aws.schema import DISBURSEMENTS
from paysandbox.disbursements.ach import bank_day
from paysandbox.disbursements.ach.acknowledgement import read_acknowledgement, write_acknowledgement
from paysandbox.disbursements.ach.incoming import IncomingError
from paysandbox.disbursements.ach.nacha_file import read_file, write_file
from paysandbox.disbursements.ach.special_accounts import ACCOUNT_OF_CHANGES, SPECIAL_ACCOUNTS, EntryReport, Report
from paysandbox.disbursements.disbursement import Disbursement
from tests.disbursements.ach import ach_scenario
from tests.disbursements.ach.ach_scenario import DAY, FUNDS, AchScenario
from tests.support.builders import ach
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Killed, Wire, refused_with
from tests.support.worlds.crash import KILLED_AFTER, failures, writes
from tests.webhooks.workers.conftest import Clock

HOUR: Final = timedelta(hours=1)
FILE: Final = "2026-11-16.1.1"
Lines = Callable[[], list[dict[str, Any]]]


def trail(scenario: AchScenario, one: Disbursement) -> list[str]:
    return [str(change.status) for change in scenario.now(one).trail]


def account(ending: str) -> str:
    return f"000111111{ending}"


ENDS: Final = {
    "789": ["pending", "processing", "paid"],
    "113": ["pending", "processing", "paid", "returned"],
    "116": ["pending", "processing", "paid", "returned"],
    "016": ["pending", "processing", "paid", "returned"],
    "020": ["pending", "processing", "paid", "returned"],
    "023": ["pending", "processing", "paid", "returned"],
    "029": ["pending", "processing", "paid", "returned"],
    "227": ["pending", "processing", "failed"],
    "440": ["pending", "processing", "failed"],
    "901": ["pending", "processing"],
    "902": ["pending", "processing", "unclaimed", "returned"],
    "811": ["pending", "processing", "held", "paid"],
    "812": ["pending", "processing", "blocked", "returned"],
    "813": ["pending", "processing", "paid", "returned"],
    # A correction repeats the status.
    **{f"80{number}": ["pending", "processing", "paid", "paid"] for number in range(1, 8)},
}


def test_what_becomes_of_each_special_account(scenario: AchScenario, clock: Clock) -> None:
    ones = {ending: scenario.accept(account(ending)) for ending in ENDS}
    assert ones.keys() == {"789", *(row.ending for row in SPECIAL_ACCOUNTS)}
    scenario.send(*ones.values())
    for _ in range(40):
        clock.advance(DAY)
        scenario.run()
    assert {ending: trail(scenario, one) for ending, one in ones.items()} == ENDS
    assert scenario.keys("in/") == scenario.keys("bank/") == scenario.keys("refused/") == []


def test_the_days_of_a_payment(scenario: AchScenario, clock: Clock) -> None:
    """Sent at 4:30 in New York, closed at 10:30, settled at 13:00, and returned on Wednesday at 8:30."""
    one = scenario.accept(account("113"))
    assert scenario.balance() == FUNDS - 12_75
    scenario.send(one)
    clock.advance(6 * HOUR - timedelta(minutes=1))  # the time of the test passes too
    assert scenario.run() == (0, 0)
    assert scenario.keys("") == []
    clock.advance(timedelta(minutes=1, seconds=1))
    assert scenario.run() == (1, 0)
    assert scenario.keys("out/") == [f"out/{FILE}.ach"]
    assert trail(scenario, one)[-1] == "processing"
    clock.advance(3 * HOUR)
    scenario.run()
    assert trail(scenario, one)[-1] == "paid"
    clock.advance(43 * HOUR)
    scenario.run()
    assert (trail(scenario, one)[-1], scenario.now(one).code) == ("returned", "R02")
    assert scenario.balance() == FUNDS - 25  # the fee is not given back for what was paid


def test_files_are_valid_for_a_second_reader(scenario: AchScenario, clock: Clock) -> None:
    scenario.send(*(scenario.accept(account(row.ending)) for row in SPECIAL_ACCOUNTS))
    clock.advance(DAY)
    assert scenario.close() == 1
    text = scenario.text(f"out/{FILE}.ach")
    assert achkit.validate(text) == {"ok": True, "errors": []}
    assert len(read_file(text).batches[0].entries) == len(SPECIAL_ACCOUNTS)


def test_a_window_without_entries_has_no_file(scenario: AchScenario, clock: Clock) -> None:
    clock.advance(7 * DAY)
    assert scenario.close() == 0
    assert scenario.close() == 0
    assert scenario.keys("") == []


def test_a_window_that_was_not_closed_for_weeks(scenario: AchScenario, clock: Clock) -> None:
    """Also if no window was ever closed."""
    table_snapshot.empty(tables.DISBURSEMENT_TABLES[DISBURSEMENTS])
    one = scenario.accept()
    scenario.send(one)
    clock.advance(28 * DAY)
    scenario.run()
    assert trail(scenario, one) == ["pending", "processing", "paid"]


@pytest.mark.full
def test_the_next_windows_follow(scenario: AchScenario, clock: Clock) -> None:
    for _ in range(10):
        scenario.send(scenario.accept())
        clock.advance(7 * HOUR)
        scenario.run()
    names = [key.removeprefix("out/").removesuffix(".1.ach") for key in scenario.keys("out/")]
    assert names == [
        "2026-11-16.1",
        "2026-11-16.2",
        "2026-11-17.0",
        "2026-11-17.1",
        "2026-11-17.3",
        "2026-11-18.0",
        "2026-11-18.1",
        "2026-11-18.2",
        "2026-11-19.0",
    ]


# --- corrections ------------------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("number", range(1, 8))
def test_a_notification_of_change_corrects_the_bank_account(scenario: AchScenario, clock: Clock, number: int) -> None:
    """Once: what the customer changes afterwards stays, also if the file is delivered again."""
    one = scenario.accept(account(f"80{number}"))
    before = scenario.account(one)
    scenario.send(one)
    clock.advance(3 * DAY)
    scenario.run()
    after = scenario.account(one)
    changed = {name for name, value in vars(before).items() if vars(after)[name] != value}
    assert (
        changed
        == {
            1: {"account_number"},
            2: {"routing_number"},
            3: {"routing_number", "account_number"},
            4: {"holder"},
            5: {"account_type"},
            6: {"account_number", "account_type"},
            7: {"routing_number", "account_number", "account_type"},
        }[number]
    )
    assert trail(scenario, one)[-1] == "paid"
    assert scenario.now(one).correction_codes == (f"C0{number}",)
    scenario.accounts.of[one.merchant, one.customer_id] = before
    again(scenario, f"{FILE}.4.noc")
    assert scenario.run() == (1, 0)
    assert (scenario.account(one), scenario.accounts.corrections) == (before, 1)
    assert scenario.now(one).correction_codes == (f"C0{number}",)


def test_an_account_that_the_customer_has_changed_is_not_corrected(scenario: AchScenario, clock: Clock) -> None:
    one = scenario.accept(account("801"))
    scenario.send(one)
    other = ach.destination(account_number="4242")
    scenario.accounts.of[one.merchant, one.customer_id] = other
    clock.advance(3 * DAY)
    scenario.run()
    assert scenario.account(one) == other


def test_a_return_after_a_correction(scenario: AchScenario, clock: Clock) -> None:
    """The next payment goes to the corrected account; a return of the first one is still of the first account."""
    one = scenario.accept(account("801"))
    scenario.send(one)
    clock.advance(3 * DAY)
    scenario.run()
    assert scenario.account(one).account_number == ACCOUNT_OF_CHANGES
    put_return(scenario, made_at="2026-11-18 08:30")
    assert scenario.run() == (1, 0)
    returned = scenario.now(one)
    assert trail(scenario, one) == ["pending", "processing", "paid", "paid", "returned"]
    assert (returned.code, returned.correction_codes) == ("R03", ("C01",))
    assert scenario.balance() == FUNDS - 25


def test_a_correction_that_is_read_before_the_settlement(scenario: AchScenario, clock: Clock) -> None:
    """The file of the settlement failed, and is read again the next time: nothing of the correction is lost."""
    one = scenario.accept(account("801"))
    scenario.send(one)
    clock.advance(3 * DAY)
    scenario.close()
    settled = [key for key in scenario.keys("bank/") if key.endswith(".2.ack")]
    texts = {key: scenario.text(key) for key in settled}
    for key in settled:
        scenario.rail.files.delete(key)
    scenario.run()
    assert trail(scenario, one) == ["pending", "processing", "processing"]
    for key, text in texts.items():
        scenario.rail.files.put(key, text)
    scenario.run()
    after = scenario.now(one)
    assert trail(scenario, one) == ["pending", "processing", "processing", "paid"]
    assert (after.code, after.correction_codes) == (None, ("C01",))


# --- read once --------------------------------------------------------------------------------------------------------


def again(scenario: AchScenario, name: str, text: str | None = None) -> None:
    """Let the bank deliver a file again, or another one under its name."""
    scenario.rail.files.put(f"in/{name}", text or scenario.text(f"read/{name}"))


def put_return(scenario: AchScenario, made_at: str, number: int = 9, **entry: Any) -> None:
    """Let the bank deliver a return of the first entry of the file, with other fields of it."""
    from paysandbox.disbursements.ach.answer_files import answer_file, returned
    from paysandbox.disbursements.ach.credit_file import SANDBOX

    [batch] = read_file(scenario.text(f"out/{FILE}.ach")).batches
    answer = replace(returned(batch.entries[0], "R03", SANDBOX), **entry)
    at = ach.utc(made_at).replace(tzinfo=None)
    file = answer_file([answer], batch, SANDBOX, ach.file_name(FILE), at)
    scenario.rail.files.put(f"in/{FILE}.{number}.ret", write_file(file))


def test_a_file_that_is_delivered_again_changes_nothing(scenario: AchScenario, clock: Clock) -> None:
    ones = [scenario.accept(account(row.ending)) for row in SPECIAL_ACCOUNTS]
    scenario.send(*ones)
    for _ in range(40):
        clock.advance(DAY)
        scenario.run()
    before = (scenario.every(), scenario.balance(), dict(scenario.accounts.of))
    for key in scenario.keys("read/"):
        again(scenario, key.removeprefix("read/"))
    assert scenario.run() == (6, 0)
    assert (scenario.every(), scenario.balance(), dict(scenario.accounts.of)) == before


def test_a_second_return_gives_nothing_back(scenario: AchScenario, clock: Clock) -> None:
    """Under another name, and with another reason."""
    one = scenario.accept(account("113"))
    scenario.send(one)
    clock.advance(3 * DAY)
    scenario.run()
    assert scenario.balance() == FUNDS - 25
    put_return(scenario, made_at="2026-11-18 08:30")
    assert scenario.run() == (1, 0)
    assert (scenario.balance(), scenario.now(one).code) == (FUNDS - 25, "R02")


def test_another_file_under_a_name_that_was_read_is_refused(scenario: AchScenario, clock: Clock, lines: Lines) -> None:
    one = scenario.accept()
    scenario.send(one)
    clock.advance(DAY)
    scenario.run()
    put_return(scenario, made_at="2026-11-17 08:30", number=2)
    text = scenario.text(f"in/{FILE}.2.ret")
    again(scenario, f"{FILE}.2.ack", text)
    assert scenario.run() == (1, 1)
    assert scenario.text(f"refused/{FILE}.2.ack") == text
    [line] = [line for line in lines() if line["message"] == "bank file refused"]
    assert line["reason"] == "another file of this name was read"


# --- refused as a whole -----------------------------------------------------------------------------------------------


def spoiled_acknowledgement(scenario: AchScenario, number: int = 7, **parts: Any) -> str:
    first = read_acknowledgement(scenario.text(f"read/{FILE}.1.ack"))
    return write_acknowledgement(replace(first, number=number, **parts))


SETTLED: Final = EntryReport(report=Report.SETTLED)


@pytest.mark.parametrize(
    "name, text_of, reason",
    [
        ("garbage", lambda _: "\x00", "its name has no kind of file"),
        (f"{FILE}.7.ack", lambda _: "\x00", "it is no JSON"),
        (f"{FILE}.7.ret", lambda _: "\x00", "it has no whole blocks"),
        (f"{FILE}.7.noc", lambda _: "{}", "it has no whole blocks"),
        (f"{FILE}.8.ack", spoiled_acknowledgement, "its name is of another file"),
        (
            f"{FILE}.7.ack",
            lambda it: spoiled_acknowledgement(it, sha256="0" * 64),
            "it is of other bytes than were sent",
        ),
        (
            "2026-11-16.2.1.7.ack",
            lambda it: spoiled_acknowledgement(it, file=ach.file_name("2026-11-16.2.1")),
            "it is of a file that was not sent",
        ),
        (
            "2026-11-15.2.1.7.ack",  # a Sunday
            lambda it: spoiled_acknowledgement(it, file=ach.file_name("2026-11-15.2.1")),
            "it is of a file that was not sent",
        ),
        (
            f"{FILE}.7.ack",
            lambda it: spoiled_acknowledgement(it, entries={"110000000000009": SETTLED}),
            "it is of entries that were not sent",
        ),
    ],
)
def test_a_file_is_refused_as_a_whole(
    scenario: AchScenario,
    clock: Clock,
    lines: Lines,
    name: str,
    text_of: Callable[[AchScenario], str],
    reason: str,
) -> None:
    ones = [scenario.accept(), scenario.accept()]
    scenario.send(*ones)
    clock.advance(7 * HOUR)
    scenario.run()
    before = scenario.every()
    text = text_of(scenario)
    scenario.rail.files.put(f"in/{name}", text)
    assert scenario.run() == (0, 1)
    assert scenario.every() == before
    assert (scenario.keys("in/"), scenario.text(f"refused/{name}")) == ([], text)
    [line] = [line for line in lines() if line["message"] == "bank file refused"]
    assert (line["level"], line["reason"]) == ("ERROR", reason)


def test_a_first_acknowledgement_is_of_all_entries(scenario: AchScenario, clock: Clock) -> None:
    ones = [scenario.accept(), scenario.accept()]
    scenario.send(*ones)
    clock.advance(7 * HOUR)
    scenario.close()
    [key] = [key for key in scenario.keys("bank/") if key.endswith(".1.ack")]
    first = read_acknowledgement(scenario.text(key))
    some = dict(list(first.entries.items())[:1])
    scenario.rail.files.put(key, write_acknowledgement(replace(first, entries=some)))
    assert scenario.run() == (0, 1)


@pytest.mark.parametrize(
    "made_at, entry",
    [
        ("2026-11-13 08:30", {}),  # before the settlement
        ("2026-11-19 08:30", {}),  # after two banking days
        ("2026-11-18 08:30", {"amount": 12_49}),
        ("2026-11-18 08:30", {"account_number": "1"}),
        ("2026-11-18 08:30", {"transaction_code": 31}),
    ],
)
def test_a_return_that_does_not_fit_gives_nothing_back(
    scenario: AchScenario, clock: Clock, made_at: str, entry: dict[str, Any]
) -> None:
    one = scenario.accept()
    scenario.send(one)
    clock.advance(3 * DAY)
    scenario.run()
    put_return(scenario, made_at, **entry)
    assert scenario.run() == (0, 1)
    assert (trail(scenario, one)[-1], scenario.balance()) == ("paid", FUNDS - 12_75)


def test_a_refused_file_fails_all_of_it(scenario: AchScenario, clock: Clock) -> None:
    """The bank takes none of its entries, and all of the money is back."""
    ones = [scenario.accept(), scenario.accept()]
    scenario.send(*ones)
    clock.advance(7 * HOUR)
    scenario.close()
    for key in scenario.keys("bank/"):
        if key.endswith(".1.ack"):
            first = read_acknowledgement(scenario.text(key))
            refusal = replace(first, entries={}, refused="it came too late")
            scenario.rail.files.put(key, write_acknowledgement(refusal))
        else:
            scenario.rail.files.delete(key)
    scenario.run()
    assert [scenario.now(one).code for one in ones] == ["FILE_REFUSED"] * 2
    assert scenario.balance() == FUNDS


def test_one_that_fails_does_not_stop_the_others(scenario: AchScenario, clock: Clock, wire: Wire) -> None:
    """It is read again the next time."""
    ones = [scenario.accept(), scenario.accept()]
    scenario.send(ones[0])
    clock.advance(7 * HOUR)
    scenario.send(ones[1])
    clock.advance(7 * HOUR)
    broken = refused_with(400, "AccessDeniedException")
    first = f'"{ones[0].id}"'
    with (
        wire.broken(
            broken, when=lambda sent: sent.operation == "GetItem" and first in str(sent.parameters).replace("'", '"')
        ),
        pytest.raises(IncomingError),
    ):
        scenario.run()
    assert [trail(scenario, one)[-1] for one in ones] == ["processing", "paid"]
    scenario.run()
    assert [trail(scenario, one)[-1] for one in ones] == ["paid", "paid"]


# --- killed after any write -------------------------------------------------------------------------------------------


def days(scenario: AchScenario, clock: Clock) -> list[Disbursement]:
    ones = [scenario.accept(account(ending)) for ending in ("789", "113", "807", "227")]
    scenario.send(*ones)
    clock.advance(3 * DAY)
    return ones


EXPECTED: Final = [ENDS["789"], ENDS["113"], ENDS["807"], ENDS["227"]]


def begun(clock: Clock) -> tuple[AchScenario, list[Disbursement]]:
    """Return a new scenario on empty tables, and its disbursements, whose files are due."""
    ach_scenario.forget()
    clock.reset()
    scenario = AchScenario()
    return scenario, days(scenario, clock)


@pytest.mark.parametrize(
    "rests", [range(1), pytest.param(range(1, 10), marks=pytest.mark.full)], ids=["every tenth", "the others"]
)
def test_a_worker_that_is_killed_after_any_write(clock: Clock, wire: Wire, rests: range) -> None:
    """A worker after it does the rest, and nothing twice.

    What a kill before a write or after a read leaves is what one after the write before it left.
    """
    scenario, _ = begun(clock)
    with wire.record() as recorded:
        scenario.run()
    kills = failures(recorded, KILLED_AFTER, worth=writes)
    assert len(kills) > 30
    for kill in (kill for place, kill in enumerate(kills) if place % 10 in rests):
        scenario, ones = begun(clock)
        with kill.happening(wire), pytest.raises(Killed):
            scenario.run()
        scenario.run()
        assert [trail(scenario, one) for one in ones] == EXPECTED, str(kill)
        assert scenario.accounts.corrections == 1
        assert scenario.keys("in/") == scenario.keys("bank/") == scenario.keys("refused/") == []
        assert len(scenario.keys("out/")) == 1
        scenario.audit()


@pytest.mark.full
def test_a_worker_that_has_no_time_leaves_the_rest(scenario: AchScenario, clock: Clock) -> None:
    ones = days(scenario, clock)
    steps = 0
    while [trail(scenario, one) for one in ones] != EXPECTED:
        left = iter([True] * (steps + 1))
        bank_day.run(scenario.rail, lambda left=left: next(left, False))
        steps += 1
        assert steps < 60


@pytest.mark.full
def test_workers_that_run_at_once_apply_each_file_once(scenario: AchScenario, clock: Clock) -> None:
    ones = days(scenario, clock)
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(scenario.run) for _ in range(6)]:
            done.result()
    scenario.run()
    assert [trail(scenario, one) for one in ones] == EXPECTED
    assert scenario.accounts.corrections == 1
