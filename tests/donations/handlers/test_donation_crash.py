"""Each AWS call of each worker of the donations fails, before it took effect and after; then the work comes again.

Of what Stripe tells, everything must stand in the end as it does after a faultless run. Of a mail it must not: one that
may have been sent is not sent again, and the table says which those are.
"""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Final

import pytest
from botocore import endpoint

from paysandbox.aws import effects
from paysandbox.donations import tables as donation_tables
from paysandbox.donations.donation import Donation, Receipt
from paysandbox.donations.lists import receipts_before
from paysandbox.donations.receipt_mail import read_notification
from tests.support import build, donation_desk, donations
from tests.support.aws_transport import Wire
from tests.support.crash import (
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
from tests.support.donation_desk import DEAD_PAYMENTS, NOTIFICATIONS, DonationDesk
from tests.support.handlers import Clock
from tests.support.tiers import full_but

# Every line that this runs is run by other tests too; tracing would double its time.
pytestmark = pytest.mark.no_cover


TROUBLES: Final = (ANSWER_LOST, EVERY_ANSWER_LOST, THROTTLED, FAILING, KILLED_BEFORE, KILLED_AFTER)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """What lies between the workers and AWS. Nobody waits between two tries."""
    os.environ |= donation_desk.environment()
    donation_desk.forget()
    wire = Wire()
    for client in (effects.dynamodb(), effects.sqs(), effects.ses()):
        wire.attach(client)
    monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append))
    yield wire
    for made in (effects.dynamodb, effects.sqs, effects.ses):
        made.cache_clear()


@pytest.fixture
def desk(wire: Wire) -> DonationDesk:
    """An empty table, empty queues and an empty mailbox."""
    return DonationDesk()


# --- what Stripe tells ------------------------------------------------------------------------------------------------

GIVEN: Final = donations.opened()


def thanked(desk: DonationDesk) -> None:
    """The donation was paid, and its donor has a mail."""
    desk.hear(desk.succeeded(GIVEN))
    desk.send(GIVEN.id)
    desk.taken(NOTIFICATIONS)


STORIES: Final[dict[str, tuple[Callable[[DonationDesk], None], Callable[[DonationDesk], list[str]]]]] = {
    "succeeds": (lambda _: None, lambda desk: [desk.succeeded(GIVEN)]),
    "fails": (lambda _: None, lambda desk: [desk.failed(GIVEN)]),
    "fails and succeeds": (lambda _: None, lambda desk: [desk.succeeded(GIVEN), desk.failed(GIVEN)]),
    "goes back in part": (thanked, lambda desk: [desk.refunded(GIVEN, 12_50)]),
    "goes back before it is known to be paid": (lambda _: None, lambda desk: [desk.refunded(GIVEN, 50_00)]),
    "is of another currency": (lambda _: None, lambda desk: [desk.succeeded(GIVEN, currency="eur")]),
    "is of nobody": (lambda _: None, lambda desk: [desk.succeeded(GIVEN, metadata={}), "what is this"]),
    "says nothing": (lambda _: None, lambda desk: [desk.event("charge.succeeded", {})]),
}


@pytest.mark.parametrize("name", full_but(STORIES, keep=lambda name: name == "succeeds"))
def test_what_stripe_tells_is_heard_once_whatever_fails(name: str, desk: DonationDesk, wire: Wire) -> None:
    before, told = STORIES[name]

    def begin() -> list[str]:
        desk.clear()
        desk.open(GIVEN)
        before(desk)
        return told(desk)

    batch = begin()
    with wire.record() as recorded:
        assert desk.hear(*batch) == []
    expected = story(desk)
    for failure in failures(recorded, *TROUBLES):
        batch = begin()
        with failure.happening(wire):
            batch = attempted(lambda b=batch: desk.hear(*b), batch)
        assert failure.trouble in (ANSWER_LOST, EVERY_ANSWER_LOST) or batch, failure
        for _ in range(2):
            batch = attempted(lambda b=batch: desk.hear(*b), batch) if batch else []
        assert batch == [], failure
        assert story(desk) == expected, failure


def story(desk: DonationDesk) -> dict[str, Any]:
    """How it all stands once receipts that were asked for are sent. How often one was asked for is nobody's matter."""
    asked = {read_notification(body) for body in desk.taken(NOTIFICATIONS)}
    desk.send(*sorted(asked))
    stands = desk.now(GIVEN)
    return {
        "donation": (stands.status, stands.paid, stands.refunded, stands.failed, stands.failure, stands.receipt),
        "totals": desk.totals(),
        "asked": asked,
        "mailed": desk.mailed(),
        # Who dies after the transaction leaves an event that is no news when it comes again.
        "outcomes": sorted(one.replace("unchanged", "applied") for one in desk.outcomes().values()),
        "parked": {body.partition(",")[2] for body in desk.taken(DEAD_PAYMENTS)},
    }


# --- mails ------------------------------------------------------------------------------------------------------------

OWNER, CLAIM, MAIL, NOTE = range(4)
CALLS: Final = ["GetItem", "UpdateItem", "SendEmail", "UpdateItem"]

# A call, what happens to it, and how it stands in the end: the receipt, and how many mails there are. All others: sent.
UNKNOWN: Final = {
    # The claim is there, and nobody knows what its owner did afterwards.
    (CLAIM, KILLED_AFTER): 0,
    (CLAIM, EVERY_ANSWER_LOST): 0,
    (MAIL, KILLED_BEFORE): 0,
    (MAIL, FAILING): 0,
    (MAIL, KILLED_AFTER): 1,
    (MAIL, ANSWER_LOST): 1,
    (MAIL, EVERY_ANSWER_LOST): 1,
    # It was sent, and that could not be written down.
    (NOTE, KILLED_BEFORE): 1,
    (NOTE, THROTTLED): 1,
    (NOTE, FAILING): 1,
}


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_a_mail_is_sent_once_at_most_whatever_fails(
    trouble: Trouble, desk: DonationDesk, wire: Wire, clock: Clock
) -> None:
    for number, operation in enumerate(CALLS):
        failure = Failure(trouble, number, operation)
        desk.clear()
        given = paid(desk)
        with failure.happening(wire) as sent:
            batch = attempted(lambda one=given.id: desk.send(one), [given.id])
        assert [one.operation for one in sent][number] == operation, failure
        for _ in range(3):
            batch = attempted(lambda b=batch: desk.send(*b), batch) if batch else []
        assert batch == [], failure
        mails = UNKNOWN.get((number, trouble))
        expected = (Receipt.SENT, 1) if mails is None else (Receipt.SENDING, mails)
        assert (desk.now(given).receipt, len(desk.mailed())) == expected, failure
        # Whatever is unknown is listed.
        listed = list(
            receipts_before(donation_tables.donations(), Receipt.SENDING, effects.now() + timedelta(seconds=1))
        )
        assert listed == ([] if mails is None else [given.id]), failure


def paid(desk: DonationDesk) -> Donation:
    given = desk.open(GIVEN)
    desk.hear(desk.succeeded(given))
    desk.taken(NOTIFICATIONS)
    return given


# --- the night --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", full_but(TROUBLES, keep=lambda trouble: trouble is KILLED_AFTER), ids=str)
def test_what_a_night_leaves_the_next_one_does(trouble: Trouble, desk: DonationDesk, wire: Wire, clock: Clock) -> None:
    """A donation that nobody will pay, and a receipt whose message was lost."""

    def begin() -> None:
        desk.clear()
        desk.open(donations.opened(id=donations.DONATION_ID[:-1] + "8"), intent_id=None)
        paid(desk)

    clock.advance(build.HOUR)
    begin()
    clock.advance(build.DAY)
    with wire.record() as recorded:
        assert desk.sweep() == {"ended": 1, "queued": 1, "unknown": 0}
    for failure in failures(recorded, trouble):
        clock.advance(-build.DAY)
        begin()
        clock.advance(build.DAY)
        with failure.happening(wire):
            attempted(lambda: [desk.sweep()], [])
        desk.sweep()
        asked = {read_notification(body) for body in desk.taken(NOTIFICATIONS)}
        desk.send(*asked)
        statuses = sorted(str(item["status"]["S"]) for item in desk.items() if "status" in item)
        assert (statuses, asked, len(desk.mailed())) == (["FAILED", "SUCCEEDED"], {GIVEN.id}, 1), failure
        assert desk.totals() == {"usd": GIVEN.amount}, failure
