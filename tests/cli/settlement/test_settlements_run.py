"""`paysandbox settlements run`: the selected batch, the execution's name, and each outcome."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from cli.connection.target import Target
from cli.settlement import run as command
from cli.settlement.execution import PHASES
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.break_type import BreakType
from paysandbox.core.cards.brand import Brand
from paysandbox.payments.ledger.store import put_payment
from paysandbox.payments.payment import LineKind
from paysandbox.settlement.batch import BatchStatus, Count, Failure, StoredBatch
from paysandbox.settlement.batches import Batches, batch_facts, batch_key, exclusion_item, latest_key
from paysandbox.settlement.business_day import business_date
from paysandbox.settlement.entries import entry_item
from paysandbox.settlement.settlement import Entry, Exclusion
from paysandbox.settlement.writes import note_merchant
from tests.support.builders import build
from tests.support.clients.program import Ran, paysandbox
from tests.support.worlds import settlement_night
from tests.support.worlds.deployed_account import Account, deployed
from tests.support.worlds.settlement_night import States

STATES = ["expire_payments step", "open_batch step", "Each shard of collect_entries", "collect_entries step",
          "close_books step", "write_reports step", "announce step", "close_batch step"]  # fmt: skip
COUNTS = (Count(currency="USD", count=2, gross=10_00, refunds=2_00, fees=59, paid_out=7_41),)


class Days(NamedTuple):
    """The last business dates when a test begins: the suite may run across midnight."""

    before: str
    yesterday: str
    today: str

    def named(self, text: str) -> str:
        """Return a text of a test's parameters with the dates in it."""
        return text.format(**self._asdict())


@pytest.fixture
def days() -> Days:
    today = business_date(datetime.now(UTC))
    return Days(*(str(today - timedelta(days=ago)) for ago in (2, 1, 0)))


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with deployed("dev") as account:
        settlement_night.deploy(account)
        monkeypatch.setattr(command, "_LOOK_EVERY_S", {True: 0, False: 0})
        yield account


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> Callable[[States], States]:
    """Return a function that installs a Step Functions stub."""
    client = Target.client

    def put(made: States) -> States:
        monkeypatch.setattr(
            Target, "client", lambda target, name: made if name == "stepfunctions" else client(target, name)
        )
        return made

    return put


def captured(account: Account, days_ago: float = 1.5) -> None:
    at = datetime.now(UTC) - timedelta(days=days_ago)
    ledger = Ledger(account.client("dynamodb"), settlement_night.LEDGER, 90 * 86_400)
    put_payment(ledger, build.authorized(10_00, automatic=True, now=at))


def put_batch(account: Account, kept: StoredBatch, *, latest: bool = True) -> StoredBatch:
    client = account.client("dynamodb")
    for key in (batch_key(kept.name), *([latest_key()] if latest else [])):
        client.put_item(TableName=settlement_night.BATCHES, Item={**key, **batch_facts(kept)})
    return kept


def closed(name: str, **parts: Any) -> StoredBatch:
    at = {"closed_at": datetime.now(UTC), "counts": COUNTS, "merchants": 1}
    return settlement_night.kept(name, **at | parts)


def settle(*words: str) -> Ran:
    return paysandbox("settlements", "run", "--env", "dev", *words)


@pytest.mark.full
@pytest.mark.parametrize(
    "words, name, wanted",
    [
        ([], "{yesterday}", {"day": "{yesterday}"}),
        (["--date", "{before}"], "{before}", {"day": "{before}"}),
        (["--now"], "{today}", {"cutoff": "now"}),
    ],
    ids=["yesterday", "the day before", "now"],
)
def test_first_batch_is_started_under_its_name(
    words: list[str],
    name: str,
    wanted: dict[str, str],
    account: Account,
    days: Days,
    states: Callable[[States], States],
) -> None:
    words, name = [days.named(word) for word in words], days.named(name)
    wanted = {key: days.named(value) for key, value in wanted.items()}
    captured(account, 2.9)
    machine = states(States())
    said = settle(*words)
    assert (said.exit_code, machine.started) == (0, [(name, wanted)])
    assert said.stdout == f"The settlement of batch {name} started: execution {name}.\n"
    facts = json.loads(settle(*words, "--json").stdout)
    assert facts == {
        "environment": "dev", "status": "running", "batch": name, "execution": name, "started": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    "last, words, name",
    [
        ("{before}", [], "{yesterday}"),
        ("{yesterday}", ["--now"], "{today}"),
        # After a settlement in the middle of the day, the rest of the day is another batch.
        ("{yesterday}.2", [], "{yesterday}.3"),
    ],
    ids=["after a day", "after yesterday", "after a part of yesterday"],
)
def test_the_next_batch(
    last: str, words: list[str], name: str, account: Account, days: Days, states: Callable[[States], States]
) -> None:
    early = datetime.combine(date.fromisoformat(days.before), datetime.min.time(), UTC) + timedelta(hours=12)
    put_batch(account, closed(days.named(last), cutoff=early))
    machine = states(States())
    assert settle(*words).exit_code == 0
    assert [started for started, _ in machine.started] == [days.named(name)]


def test_a_settled_day_is_unchanged(account: Account, days: Days, states: Callable[[States], States]) -> None:
    put_batch(account, closed(days.yesterday))
    machine = states(States())
    said = settle("--wait")
    assert (said.exit_code, machine.started) == (0, [])
    assert said.stdout.startswith(f"Batch {days.yesterday} was already settled: 1 merchant")
    facts = json.loads(settle("--json").stdout)
    assert (facts["status"], facts["batch"], facts["started"]) == ("already_closed", days.yesterday, False)
    assert facts["totals"] == [
        {"currency": "USD", "count": 2, "gross": 10_00, "refunds": 2_00, "fees": 59, "net": 7_41, "paid_out": 7_41}
    ]


def test_a_batch_of_a_time_that_a_reset_clock_has_not_reached(
    account: Account, states: Callable[[States], States]
) -> None:
    """What is captured now is before its end, but was not there when it was settled."""
    put_batch(account, closed("2099-01-05", cutoff=datetime(2099, 1, 5, 12, tzinfo=UTC)))
    machine = states(States())
    said = settle("--now")
    assert (said.exit_code, said.stdout, machine.started) == (1, "", [])
    assert "The last batch settled everything until 2099-01-05T12:00:00Z" in said.words
    assert "paysandbox clock advance --to 2099-01-05T12:00:00Z" in said.words


def test_disputes_are_part_of_the_totals(account: Account, days: Days, states: Callable[[States], States]) -> None:
    count = Count(currency="USD", count=2, gross=10_00, chargebacks=10_00, dispute_fees=15_00, fees=59)
    put_batch(account, replace(closed(days.yesterday), counts=(count,)))
    states(States())
    assert settle("--wait").stdout.splitlines()[-2:] == [
        "COUNT  GROSS      REFUNDS   CHARGEBACKS  DISPUTE FEES  FEES      NET         PAID OUT",
        "2      10.00 USD  0.00 USD  10.00 USD    15.00 USD     0.59 USD  -15.59 USD  0.00 USD",
    ]
    assert json.loads(settle("--json").stdout)["totals"] == [
        {
            "currency": "USD",
            "count": 2,
            "gross": 10_00,
            "refunds": 0,
            "chargebacks": 10_00,
            "dispute_fees": 15_00,
            "fees": 59,
            "net": -15_59,
            "paid_out": 0,
        }
    ]


def test_a_skipped_day_is_settled_by_the_next_batch(account: Account, states: Callable[[States], States]) -> None:
    first = put_batch(account, closed("2026-01-05"), latest=False)
    put_batch(account, closed("2026-01-08", before=first.name, after=first.batch.cutoff))
    states(States())
    for day, name in [("2026-01-08", "2026-01-08"), ("2026-01-06", "2026-01-08"), ("2026-01-05", "2026-01-05")]:
        assert f"Batch {name} was already settled" in settle("--date", day).stdout


@pytest.mark.full
def test_a_day_before_the_first_payment(account: Account, states: Callable[[States], States]) -> None:
    """Either nothing was ever captured, or the first batch is later than that day."""
    states(States())
    for _ in range(2):
        said = settle("--date", "1999-12-31")
        assert (said.exit_code, said.stdout) == (1, "")
        assert "Nothing to settle: no captures or refunds by 2000-01-01 00:00:00 UTC" in said.words
        put_batch(account, closed("2026-01-08"))
    entry = Entry(
        batch="2026-01-08",
        merchant="demo",
        currency="USD",
        operation_id=build.operation_id("cap", 1),
        payment_id=build.PAYMENT_ID,
        kind=LineKind.CAPTURE,
        occurred_at=datetime(2026, 1, 6, 12, tzinfo=UTC),
        gross=10_00,
        fee=59,
        brand=Brand.VISA,
        last4="4242",
    )
    client = account.client("dynamodb")
    note_merchant(Batches(client, settlement_night.BATCHES), "2026-01-08", "demo")
    client.put_item(TableName=settlement_night.ENTRIES, Item=entry_item(entry, None))
    assert settle("--date", "2026-01-05").exit_code == 1
    assert "Batch 2026-01-08 was already settled" in settle("--date", "2026-01-06").stdout


ALL = [str(kind) for kind in BreakType]


@pytest.mark.parametrize(
    "words, breaks",
    [
        (["--breaks"], {"breaks": ALL, "seed": 0}),
        (["--breaks", "--seed", "7"], {"breaks": ALL, "seed": 7}),
        (["--breaks=duplicate,missing_in_file"], {"breaks": ["missing_in_file", "duplicate"], "seed": 0}),
        (["--seed", "7"], {}),
    ],
    ids=["each", "with a seed", "some", "only a seed"],
)
def test_breaks_are_asked_for(
    words: list[str], breaks: dict[str, Any], account: Account, states: Callable[[States], States]
) -> None:
    captured(account)
    machine = states(States())
    assert settle("--now", *words).exit_code == 0
    assert [wanted for _, wanted in machine.started] == [{"cutoff": "now"} | breaks]


def test_a_closed_batch_keeps_its_breaks(account: Account, days: Days, states: Callable[[States], States]) -> None:
    put_batch(account, closed(days.yesterday, breaks=(BreakType.DUPLICATE,), seed=7))
    machine = states(States())
    same = settle("--breaks=duplicate", "--seed", "7")
    assert same.exit_code == 0
    assert f"settlements download {days.yesterday} --format breaks" in " ".join(same.stdout.split())
    facts = json.loads(settle("--json").stdout)
    assert (facts["breaks"], facts["seed"]) == (["duplicate"], 7)
    for words in (["--breaks"], ["--breaks=duplicate", "--seed", "8"]):
        said = settle(*words)
        assert (said.exit_code, said.stdout, machine.started) == (1, "", [])
        assert "its reports have duplicate breaks: they never change" in said.words


@pytest.mark.parametrize("words, code, told", [
    (["--breaks=lost"], 2, "`lost` is not a break"),
    (["--breaks=duplicates"], 2, "Did you mean duplicate?"),
    (["--breaks", "--seed", "-1"], 2, "-1 is not in the range"),
    (["--date", "{today}"], 1, "{today} is not over: the sandbox's date is {today}"),
    (["--date", "2999-01-01"], 1, "2999-01-01 is in the future"),
    (["--date", "yesterday"], 2, "'yesterday' is not a date"),
    (["--date", "20261120"], 2, "is not a date"),
    (["--date", "2026-02-30"], 2, "is not a date"),
    (["--date", "{yesterday}", "--now"], 2, "--date and --now cannot be combined"),
], ids=[
    "no break", "a typo", "a negative seed", "today", "in the future", "no date", "without dashes", "no such day",
    "date and now",
])  # fmt: skip
def test_refused_runs(
    words: list[str], code: int, told: str, account: Account, days: Days, states: Callable[[States], States]
) -> None:
    machine = states(States())
    said = settle(*(days.named(word) for word in words))
    assert (said.exit_code, said.stdout, machine.started) == (code, "", [])
    assert days.named(told) in said.words


def test_wait_shows_each_step(account: Account, days: Days, states: Callable[[States], States]) -> None:
    captured(account)
    kept = put_batch(account, closed(days.yesterday, set_aside=1), latest=False)
    aside = Exclusion(merchant="demo", payment_id=build.PAYMENT_ID, reason="counters: no")
    account.client("dynamodb").put_item(TableName=settlement_night.BATCHES, Item=exclusion_item(kept.name, aside))
    states(States([*STATES, "SUCCEEDED"], output={"status": "opened", "batch": kept.name}))
    said = settle("--wait")
    assert said.exit_code == 0
    assert [line.split()[1] for line in said.stderr.splitlines()] == [*PHASES]
    assert said.stdout.splitlines() == [
        f"Batch {days.yesterday} settled: 1 merchant, cutoff {days.today} 00:00:00Z.",
        "",
        "COUNT  GROSS      REFUNDS   FEES      NET       PAID OUT",
        "2      10.00 USD  2.00 USD  0.59 USD  7.41 USD  7.41 USD",
        "",
        "1 payment excluded from settlement:",
        f"  {build.PAYMENT_ID}  demo  counters: no",
    ]


@pytest.mark.parametrize("failure, told", [
    (Failure(step="write_reports", reason="no bucket"), "at write_reports: no bucket"),
    (None, "SettlementFailed: no bucket"),
])  # fmt: skip
def test_a_failed_run_exits_1_and_explains_how_to_resume(
    failure: Failure | None, told: str, account: Account, days: Days, states: Callable[[States], States]
) -> None:
    captured(account)
    put_batch(account, settlement_night.kept(days.yesterday, BatchStatus.FAILED, failure=failure), latest=False)
    states(States([*STATES[:6], "fail_batch step", "FAILED"]))
    said = settle("--wait")
    assert (said.exit_code, said.stdout) == (1, "")
    assert "✗ reports" in said.stderr
    assert "announce" not in said.stderr
    assert f"Batch {days.yesterday} was not settled: {told}" in said.words
    assert "paysandbox settlements run --wait --env dev" in said.words


def test_an_open_batch_is_resumed(account: Account, days: Days, states: Callable[[States], States]) -> None:
    """Two runs failed, and AWS retains both execution names."""
    put_batch(account, settlement_night.kept(days.before, BatchStatus.FAILED, execution=f"{days.before}-again-1"))
    machine = states(States(names={days.before: "FAILED", f"{days.before}-again-1": "TIMED_OUT"}))
    said = settle("--now")
    assert machine.started == [(f"{days.before}-again-2", {"cutoff": "now"})]
    assert f"Batch {days.before} is still open" in said.words


def test_a_run_in_progress_is_joined(account: Account, days: Days, states: Callable[[States], States]) -> None:
    """The nightly execution has a name given by the scheduler."""
    put_batch(account, settlement_night.kept(days.yesterday, BatchStatus.CLOSING, execution="a1b2-c3"))
    machine = states(States(names={"a1b2-c3": "RUNNING"}))
    said = settle()
    assert machine.started == []
    assert "is already running: execution a1b2-c3" in said.stdout


def test_a_concurrently_started_run_is_success(
    account: Account, days: Days, states: Callable[[States], States]
) -> None:
    captured(account)
    machine = states(States(names={days.yesterday: "RUNNING"}))
    said = settle()
    assert (said.exit_code, machine.started) == (0, [])


def test_after_an_open_batch_the_requested_one_follows(
    account: Account, days: Days, states: Callable[[States], States]
) -> None:
    put_batch(account, settlement_night.kept(days.before, BatchStatus.OPEN, execution="gone"))
    put_batch(account, closed(days.today), latest=False)
    states(States([*STATES, *STATES[1:], "SUCCEEDED"], output={"batch": days.today}))
    said = settle("--now", "--wait")
    assert said.stdout.startswith(f"Batch {days.today} settled")
    assert "✓ next batch" in said.stderr
