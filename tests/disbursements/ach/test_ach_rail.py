"""The ACH rail: the conformance suite with faults of AWS, and that an entry joins one file, whatever is repeated."""

import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError

from paysandbox.aws import runtime
from paysandbox.aws.schema import DISBURSEMENTS, DISBURSEMENTS_KEY, DISBURSEMENTS_SORT
from paysandbox.disbursements.ach import window_items
from paysandbox.disbursements.ach.window_items import collect, find_collection, freeze
from paysandbox.disbursements.ach.windows import read_cutoffs
from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.funds_scan import disbursement_items
from paysandbox.disbursements.rail import ProviderUpdate, Rail, Unknown
from paysandbox.disbursements.steps import Step, stepped
from paysandbox.disbursements.store.disbursements_table import put_after
from paysandbox.disbursements.store.stream import disbursement_events_in, disbursement_to_advance_in
from tests.disbursements.ach.ach_scenario import DAY, AchScenario
from tests.disbursements.disbursement_scenario import of_images
from tests.disbursements.rail_conformance import RailConformance, Situation
from tests.support.builders import ach
from tests.support.tools.tiers import seeds
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import (
    Deliver,
    Fault,
    Sent,
    Wire,
    answer_lost,
    answered_with,
    never_left,
    refused_with,
)
from tests.webhooks.workers.conftest import Clock

HALF_A_DAY: Final = timedelta(hours=12)


def failing_after(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    """Execute the request, and answer with an error."""
    deliver()
    return answered_with(request, 500, {"__type": "com.amazonaws#InternalServerError", "message": "injected"})


def malformed(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    """Execute the request, and answer with something that is no JSON."""
    response = deliver()
    broken = answered_with(request, 200, {})
    broken.raw.seek(0)
    broken.raw.truncate()
    broken.raw.write(b"<html>")
    broken.raw.seek(0)
    assert response.status_code == 200
    return broken


FAULTS: Final[Mapping[Situation, Fault]] = {
    Situation.LOST_BEFORE: never_left,
    Situation.LOST_AFTER: answer_lost,
    Situation.FAILING: refused_with(500, "InternalServerError"),
    Situation.FAILED_ANSWER: failing_after,
    Situation.MALFORMED: malformed,
    Situation.RATE_LIMITED: refused_with(400, "ThrottlingException"),
    Situation.SILENT: refused_with(500, "InternalServerError"),
}

ACCOUNTS: Final[Mapping[Situation, str | None]] = {
    Situation.FAILED: "000222222227",
    Situation.UNCLAIMED: "000111111902",
    Situation.HELD: "000111111811",
    Situation.BLOCKED: "000111111812",
    Situation.RETURNED: "000111111113",
    Situation.REVERSED: "000111111813",
    Situation.REFUSED: None,
}


@dataclass
class _Bank:
    """The bank as the conformance suite sees it: half a day passes after each request to send something."""

    scenario: AchScenario
    clock: Clock
    wire: Wire
    faults: list[Fault] = field(default_factory=list[Fault])

    @property
    def rail(self) -> Rail:
        return _Slow(self)

    def arrange(self, situation: Situation) -> Disbursement:
        if situation in FAULTS:
            self.faults += [FAULTS[situation]] * (3 if situation is Situation.SILENT else 1)
        return recorded(self.scenario, self.scenario.accept(ACCOUNTS.get(situation, "000123456789")))

    def payments(self, disbursement: Disbursement) -> int:
        return self.scenario.paid_entries(disbursement)

    def a_day_later(self) -> None:
        self.clock.advance(3 * DAY)
        self.scenario.run()


@dataclass
class _Slow:
    """The rail, with a bank that works between requests."""

    bank: _Bank
    name: str = "ach"

    def send(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        rail = self.bank.scenario.rail
        if self.bank.faults:
            with self.bank.wire.broken(self.bank.faults.pop(0), when=is_collecting):
                answer = rail.send(disbursement)
        else:
            answer = rail.send(disbursement)
        self.bank.clock.advance(HALF_A_DAY)
        self.bank.scenario.run()
        return answer

    def ask(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        return self.bank.scenario.rail.ask(disbursement)

    def cancel(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        return self.bank.scenario.rail.cancel(disbursement)


def is_collecting(sent: Sent) -> bool:
    return sent.operation == "UpdateItem" and "ADD" in sent.parameters["UpdateExpression"]


def recorded(scenario: AchScenario, one: Disbursement) -> Disbursement:
    """Record a disbursement as sent once, before its request leaves."""
    after = stepped(one, Step.SEND, Source.WORKER, runtime.now())
    assert put_after(scenario.table, one, after)
    return after


class TestAch(RailConformance):
    """Faults of AWS in front of a bank that works."""

    @pytest.fixture
    def provider(self, scenario: AchScenario, clock: Clock, wire: Wire) -> _Bank:
        return _Bank(scenario, clock, wire)


# --- one entry, one file ----------------------------------------------------------------------------------------------


def sent(scenario: AchScenario, **parts: Any) -> Disbursement:
    return recorded(scenario, scenario.accept(**parts))


def reference(answer: ProviderUpdate | Unknown) -> str | None:
    assert isinstance(answer, ProviderUpdate), answer
    return answer.reference


def test_the_file_that_an_entry_joins(scenario: AchScenario) -> None:
    """At 4:30 in New York, and above the limit of the same day."""
    assert reference(scenario.rail.send(sent(scenario))) == "2026-11-16.1.1"
    assert reference(scenario.rail.send(sent(scenario, amount=1_000_000_01))) == "2026-11-17.0.1"


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=6), DAY, 4 * DAY, 28 * DAY])
def test_a_repeated_request_finds_its_entry(scenario: AchScenario, clock: Clock, later: timedelta) -> None:
    one = sent(scenario)
    first = reference(scenario.rail.send(one))
    clock.advance(later)
    scenario.close()
    scenario.accounts.of.clear()  # a bank account is not needed for that
    assert reference(scenario.rail.send(replace(one, attempts=9))) == first
    assert scenario.paid_entries(one) == 1


@pytest.mark.parametrize("closes", [False, True])
def test_a_lost_entry_joins_a_file_that_is_still_open(scenario: AchScenario, clock: Clock, *, closes: bool) -> None:
    """Not one whose cut-off is over, even if nobody has closed it."""
    one = sent(scenario)
    clock.advance(DAY)
    if closes:
        scenario.close()
    assert reference(scenario.rail.send(replace(one, attempts=2))) == "2026-11-17.1.1"


def test_a_request_under_way_cannot_join_a_file_after_another_has_gone_on(
    scenario: AchScenario, clock: Clock, wire: Wire
) -> None:
    """The first request hangs until the second one has joined the next window."""
    one, late = sent(scenario), list[Deliver]()

    def hangs(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        late.append(deliver)
        raise ReadTimeoutError(endpoint_url=request.url)

    with wire.broken(hangs, when=is_collecting):
        assert isinstance(scenario.rail.send(one), Unknown)
    clock.advance(timedelta(hours=7))
    assert reference(scenario.rail.send(replace(one, attempts=2))) == "2026-11-16.2.1"
    assert [deliver().status_code for deliver in late] == [400] * len(late)
    assert late
    assert scenario.paid_entries(one) == 1


def test_a_file_that_is_frozen_in_between(scenario: AchScenario, wire: Wire) -> None:
    one, frozen = sent(scenario), list[str]()

    def frozen_first(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        if not frozen:
            frozen.append("2026-11-16.1.1")
            freeze(scenario.table, ach.file_name("2026-11-16.1.1"), runtime.now())
        return deliver()

    with wire.broken(frozen_first, when=is_collecting):
        assert reference(scenario.rail.send(one)) == "2026-11-16.2.1"
    assert frozen


def test_earlier_cutoffs_do_not_let_an_entry_join_twice(scenario: AchScenario, clock: Clock) -> None:
    """The setting is changed between two requests, to before the first one."""
    clock.advance(timedelta(hours=5, minutes=45))  # 10:15 in New York
    one = sent(scenario)
    assert reference(scenario.rail.send(one)) == "2026-11-16.1.1"
    earlier = replace(scenario.rail, cutoffs=read_cutoffs("02:00,10:00,14:15,16:15"))
    assert reference(earlier.send(replace(one, attempts=2))) == "2026-11-16.1.1"
    assert reference(earlier.send(sent(scenario))) == "2026-11-16.2.1"


def test_a_full_file_has_another_beside_it(
    scenario: AchScenario, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_items, "MAX_COLLECTED", 3)
    ones = [sent(scenario) for _ in range(5)]
    references = [reference(scenario.rail.send(one)) for one in ones]
    assert references == ["2026-11-16.1.1"] * 3 + ["2026-11-16.1.2"] * 2
    again = [reference(scenario.rail.send(replace(one, attempts=2))) for one in (ones[0], ones[-1])]
    assert again == ["2026-11-16.1.1", "2026-11-16.1.2"]
    clock.advance(timedelta(hours=7))
    assert scenario.close() == 2
    assert reference(scenario.rail.send(replace(ones[-1], attempts=3))) == "2026-11-16.1.2"
    assert sorted(scenario.sent_ids()) == sorted(one.batch_id[-15:] for one in ones)


def test_an_entry_of_a_full_window_joins_the_next_one(
    scenario: AchScenario, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_items, "MAX_COLLECTED", 1)
    ones = [sent(scenario) for _ in range(9)]
    assert [reference(scenario.rail.send(one)) for one in ones][-2:] == ["2026-11-16.1.8", "2026-11-16.2.1"]
    assert reference(scenario.rail.send(replace(ones[-1], attempts=2))) == "2026-11-16.2.1"


@pytest.mark.full
def test_after_the_clock_was_set_back_an_entry_joins_the_first_window_that_is_not_closed(
    scenario: AchScenario, clock: Clock, wire: Wire
) -> None:
    """A first request does not try the others. A repeated one looks through them, in order."""
    clock.advance(60 * DAY)
    scenario.close()
    clock.reset()
    one = sent(scenario)
    with wire.record() as requests:
        assert reference(scenario.rail.send(one)) == "2027-01-15.1.1"
    assert [each.operation for each in requests] == ["UpdateItem", "GetItem", "UpdateItem"]
    assert reference(scenario.rail.send(replace(one, attempts=2))) == "2027-01-15.1.1"
    assert scenario.paid_entries(one) == 1


THANKSGIVING: Final = timedelta(days=10)
"""From the start of a test."""


def test_an_entry_of_a_day_that_is_a_holiday_by_now(scenario: AchScenario, clock: Clock) -> None:
    """A version without the holiday collected it. It is found, sent, and settled on the announced day."""
    clock.advance(THANKSGIVING)
    one = sent(scenario)
    entry = scenario.rail._entry(one)
    assert not isinstance(entry, str)
    assert collect(scenario.table, ach.file_name("2026-11-26.1.1"), entry) is None
    assert reference(scenario.rail.send(replace(one, attempts=2))) == "2026-11-26.1.1"
    clock.advance(DAY)
    scenario.run()
    assert scenario.now(one).status is Status.PAID
    assert scenario.paid_entries(one) == 1


def test_no_entry_joins_a_file_of_a_holiday(scenario: AchScenario, clock: Clock) -> None:
    """Also not later, by a calendar without the holiday."""
    clock.advance(THANKSGIVING)
    one = sent(scenario)
    assert reference(scenario.rail.send(one)) == "2026-11-27.0.1"
    for number in (1, 2, 3):
        collection = find_collection(scenario.table, ach.file_name(f"2026-11-26.{number}.1"))
        assert collection is not None
        assert collection.frozen_at is not None


@pytest.mark.full
@pytest.mark.parametrize("seed", seeds(10, fast=1))
def test_a_storm_of_requests_while_windows_close(scenario: AchScenario, clock: Clock, seed: int) -> None:
    """50 entries, each sent by up to four workers at once, some after their window is over: each is in one file."""
    dice = random.Random(seed)
    ones = [sent(scenario) for _ in range(50)]
    for _ in range(3):
        work: list[Callable[[], Any]] = [
            *(lambda one=one: scenario.rail.send(replace(one, attempts=2)) for one in dice.choices(ones, k=60)),
            *(scenario.close for _ in range(4)),
        ]
        dice.shuffle(work)
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(each) for each in work]:
                done.result()
        clock.advance(timedelta(hours=dice.choice([1, 3, 5, 7])))
    for one in ones:
        scenario.rail.send(replace(one, attempts=3))
    clock.advance(2 * DAY)
    scenario.close()
    assert sorted(scenario.sent_ids()) == sorted(one.batch_id[-15:] for one in ones)
    assert all(scenario.paid_entries(one) == 1 for one in ones)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "account, parts, code",
    [
        (None, {}, "NO_BANK_ACCOUNT"),
        ("1" * 18, {}, "BANK_ACCOUNT_INVALID"),
        ("000123456789", {"currency": "EUR"}, "CURRENCY_NOT_SUPPORTED"),
        ("000123456789", {"amount": 10**10}, "AMOUNT_TOO_LARGE"),
    ],
)
def test_what_cannot_be_an_entry(scenario: AchScenario, account: str | None, parts: dict[str, Any], code: str) -> None:
    one = replace(sent(scenario, account=account), **parts)
    assert scenario.rail.send(one) == ProviderUpdate(step=Step.FAIL, code=code)
    # An earlier request may have been accepted, and its answer lost.
    assert scenario.rail.send(replace(one, attempts=2)) == Unknown(reason=f"refused_later: {code}")
    assert scenario.paid_entries(one) == 0


@pytest.mark.parametrize("reference", [None, "", "NOSUCH", "2026-11-16.1.1", "2026-11-22.1.1"])
def test_a_file_without_the_entry(scenario: AchScenario, reference: str | None) -> None:
    assert isinstance(scenario.rail.ask(replace(sent(scenario), reference=reference)), Unknown)


def test_no_account_number_is_in_the_table(scenario: AchScenario) -> None:
    one = sent(scenario)
    scenario.rail.send(one)
    collection = find_collection(scenario.table, ach.file_name("2026-11-16.1.1"))
    assert collection is not None
    [entry] = collection.entries.values()
    assert (entry.id, entry.amount) == (one.batch_id, one.amount)
    assert b"123456789" not in entry.sealed


def test_collected_entries_are_no_disbursements(scenario: AchScenario, clock: Clock) -> None:
    """They lie in the same table: neither an audit nor the stream's readers take them for some."""
    one = sent(scenario)
    scenario.rail.send(one)
    clock.advance(DAY)
    scenario.close()
    items = table_snapshot.items_of(tables.DISBURSEMENT_TABLES[DISBURSEMENTS])
    others = [item for item in items if item[DISBURSEMENTS_KEY]["S"] == window_items.ACH_PARTITION]
    assert len(others) > 2
    assert [item[DISBURSEMENTS_SORT]["S"] for item in disbursement_items(scenario.table)] == [one.id]
    for item in others:
        assert disbursement_to_advance_in(of_images({"NewImage": item})) is None
        assert disbursement_events_in(of_images({"OldImage": item, "NewImage": item})) == ()
        # No list and no sweep finds them.
        assert not {"merchant_key", "listed_at", "due_key", "due_at"} & item.keys()
