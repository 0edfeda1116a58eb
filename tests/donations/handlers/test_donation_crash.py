"""Each AWS call of each donation worker fails, before and after it takes effect; then the work is redelivered.

After Stripe's events, the final state must be that of a run without faults. Mail is different: one that may have been
sent is not sent again, and the table lists those.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Final

import pytest
from botocore import endpoint

from paysandbox.aws import runtime
from paysandbox.donations import tables as donation_tables
from paysandbox.donations.donation import Donation, Receipt
from paysandbox.donations.lists import receipts_before
from paysandbox.donations.receipt_mail import read_notification
from tests.donations import donation_scenario
from tests.donations.donation_scenario import DEAD_PAYMENTS, NOTIFICATIONS, DonationScenario
from tests.support.builders import build, donations
from tests.support.tools.tiers import soak_but
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.crash import (
    ANSWER_LOST,
    EVERY_ANSWER_LOST,
    FAILING,
    KILLED_AFTER,
    KILLED_BEFORE,
    THROTTLED,
    Failure,
    Trouble,
    attempted,
    failures,
)
from tests.support.worlds.handlers import Clock

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced


SOAK: Final = pytest.mark.soak
TROUBLES: Final = (ANSWER_LOST, EVERY_ANSWER_LOST, THROTTLED, FAILING, KILLED_BEFORE, KILLED_AFTER)


@pytest.fixture
def wire(on_moto: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Return the wire between the workers and AWS. Retries have no delay."""
    os.environ |= donation_scenario.environment()
    donation_scenario.forget()
    wire = Wire()
    for client in (runtime.dynamodb(), runtime.sqs(), runtime.ses()):
        wire.attach(client)
    monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append))
    yield wire
    for made in (runtime.dynamodb, runtime.sqs, runtime.ses):
        made.cache_clear()


@pytest.fixture
def scenario(wire: Wire) -> DonationScenario:
    """Return a scenario with an empty table, empty queues and an empty mailbox."""
    return DonationScenario()


# --- Stripe events ----------------------------------------------------------------------------------------------------

GIVEN: Final = donations.opened()


def thanked(scenario: DonationScenario) -> None:
    """Make a paid donation, whose donor has a receipt."""
    scenario.apply_events(scenario.succeeded(GIVEN))
    scenario.send(GIVEN.id)
    scenario.taken(NOTIFICATIONS)


STORIES: Final[dict[str, tuple[Callable[[DonationScenario], None], Callable[[DonationScenario], list[str]]]]] = {
    "succeeds": (lambda _: None, lambda scenario: [scenario.succeeded(GIVEN)]),
    "fails": (lambda _: None, lambda scenario: [scenario.failed(GIVEN)]),
    "fails and succeeds": (lambda _: None, lambda scenario: [scenario.succeeded(GIVEN), scenario.failed(GIVEN)]),
    "goes back in part": (thanked, lambda scenario: [scenario.refunded(GIVEN, 12_50)]),
    "goes back before it is known to be paid": (lambda _: None, lambda scenario: [scenario.refunded(GIVEN, 50_00)]),
    "is of another currency": (lambda _: None, lambda scenario: [scenario.succeeded(GIVEN, currency="eur")]),
    "is of nobody": (lambda _: None, lambda scenario: [scenario.succeeded(GIVEN, metadata={}), "what is this"]),
    "says nothing": (lambda _: None, lambda scenario: [scenario.event("charge.succeeded", {})]),
}


@pytest.mark.full
@pytest.mark.parametrize(
    "troubles",
    [(EVERY_ANSWER_LOST, KILLED_AFTER), pytest.param((ANSWER_LOST, THROTTLED, FAILING, KILLED_BEFORE), marks=SOAK)],
    ids=["two", "others"],
)
@pytest.mark.parametrize("name", STORIES)
def test_stripe_events_are_applied_once_after_any_failure(
    name: str, troubles: Sequence[Trouble], scenario: DonationScenario, wire: Wire
) -> None:
    before, told = STORIES[name]

    def begin() -> list[str]:
        scenario.clear()
        scenario.open(GIVEN)
        before(scenario)
        return told(scenario)

    batch = begin()
    with wire.record() as recorded:
        assert scenario.apply_events(*batch) == []
    expected = story(scenario)
    for failure in failures(recorded, *troubles):
        batch = begin()
        with failure.happening(wire):
            batch = attempted(lambda b=batch: scenario.apply_events(*b), batch)
        assert failure.trouble in (ANSWER_LOST, EVERY_ANSWER_LOST) or batch, failure
        for _ in range(2):
            batch = attempted(lambda b=batch: scenario.apply_events(*b), batch) if batch else []
        assert batch == [], failure
        assert story(scenario) == expected, failure


def story(scenario: DonationScenario) -> dict[str, Any]:
    """Return the state once the requested receipts are sent. The number of requests for a receipt does not matter."""
    asked = {read_notification(body) for body in scenario.taken(NOTIFICATIONS)}
    scenario.send(*sorted(asked))
    stands = scenario.now(GIVEN)
    return {
        "donation": (stands.status, stands.paid, stands.refunded, stands.failed, stands.failure, stands.receipt),
        "totals": scenario.totals(),
        "asked": asked,
        "mailed": scenario.mailed(),
        # A crash after the transaction leads to a redelivered event without effect.
        "outcomes": sorted(one.replace("unchanged", "applied") for one in scenario.outcomes().values()),
        "parked": {body.partition(",")[2] for body in scenario.taken(DEAD_PAYMENTS)},
    }


# --- mails ------------------------------------------------------------------------------------------------------------

OWNER, CLAIM, MAIL, NOTE = range(4)
CALLS: Final = ["GetItem", "UpdateItem", "SendEmail", "UpdateItem"]

# A call and its fault, and the number of mails where the receipt stays in SENDING; all other receipts are SENT.
UNKNOWN: Final = {
    # The claim is held, and its owner's later steps are unknown.
    (CLAIM, KILLED_AFTER): 0,
    (CLAIM, EVERY_ANSWER_LOST): 0,
    (MAIL, KILLED_BEFORE): 0,
    (MAIL, FAILING): 0,
    (MAIL, KILLED_AFTER): 1,
    (MAIL, ANSWER_LOST): 1,
    (MAIL, EVERY_ANSWER_LOST): 1,
    # It was sent, but the record of that failed.
    (NOTE, KILLED_BEFORE): 1,
    (NOTE, THROTTLED): 1,
    (NOTE, FAILING): 1,
}


@pytest.mark.full
@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_receipts_are_sent_at_most_once_after_any_failure(
    trouble: Trouble, scenario: DonationScenario, wire: Wire, clock: Clock
) -> None:
    for number, operation in enumerate(CALLS):
        failure = Failure(trouble, number, operation)
        scenario.clear()
        given = paid(scenario)
        with failure.happening(wire) as sent:
            batch = attempted(lambda one=given.id: scenario.send(one), [given.id])
        assert [one.operation for one in sent][number] == operation, failure
        for _ in range(3):
            batch = attempted(lambda b=batch: scenario.send(*b), batch) if batch else []
        assert batch == [], failure
        mails = UNKNOWN.get((number, trouble))
        expected = (Receipt.SENT, 1) if mails is None else (Receipt.SENDING, mails)
        assert (scenario.now(given).receipt, len(scenario.mailed())) == expected, failure
        # Every unknown outcome is listed.
        listed = list(
            receipts_before(donation_tables.donations(), Receipt.SENDING, runtime.now() + timedelta(seconds=1))
        )
        assert listed == ([] if mails is None else [given.id]), failure


def paid(scenario: DonationScenario) -> Donation:
    given = scenario.open(GIVEN)
    scenario.apply_events(scenario.succeeded(given))
    scenario.taken(NOTIFICATIONS)
    return given


# --- nightly sweep ----------------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("trouble", soak_but(TROUBLES, keep=lambda trouble: trouble is KILLED_AFTER), ids=str)
def test_an_incomplete_sweep_is_completed_by_the_next(
    trouble: Trouble, scenario: DonationScenario, wire: Wire, clock: Clock
) -> None:
    """A donation that will never be paid, and a receipt with a lost message."""

    def begin() -> None:
        scenario.clear()
        scenario.open(donations.opened(id=donations.DONATION_ID[:-1] + "8"), intent_id=None)
        paid(scenario)

    clock.advance(build.HOUR)
    begin()
    clock.advance(build.DAY)
    with wire.record() as recorded:
        assert scenario.sweep() == {"ended": 1, "queued": 1, "unknown": 0}
    for failure in failures(recorded, trouble):
        clock.advance(-build.DAY)
        begin()
        clock.advance(build.DAY)
        with failure.happening(wire):
            attempted(lambda: [scenario.sweep()], [])
        scenario.sweep()
        asked = {read_notification(body) for body in scenario.taken(NOTIFICATIONS)}
        scenario.send(*asked)
        statuses = sorted(str(item["status"]["S"]) for item in scenario.items() if "status" in item)
        assert (statuses, asked, len(scenario.mailed())) == (["FAILED", "SUCCEEDED"], {GIVEN.id}, 1), failure
        assert scenario.totals() == {"usd": GIVEN.amount}, failure
