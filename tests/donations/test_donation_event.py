"""The events of a write to a donation: one success, one failure, and each refund with its amount."""

from dataclasses import replace

import pytest

from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.donations.donation import Donation, Receipt
from paysandbox.donations.event import donation_events
from tests.support.builders import build
from tests.support.builders.donations import INTENT_ID, heard, opened

S, F, R = EventType.DONATION_SUCCEEDED, EventType.DONATION_FAILED, EventType.DONATION_REFUNDED

OPENED = opened()
PAID = heard(OPENED, paid=50_00)
FAILED = heard(OPENED, failed=True, failure="card_declined")
PART = heard(PAID, paid=50_00, refunded=20_00)
WHOLE = heard(PART, paid=50_00, refunded=50_00)


@pytest.mark.parametrize(
    "before, after, told",
    [
        (None, OPENED, []),
        (OPENED, replace(OPENED, intent_id=INTENT_ID, version=2), []),
        (OPENED, PAID, [(S, 0)]),
        (PAID, replace(PAID, receipt=Receipt.SENT, version=3), []),
        (OPENED, FAILED, [(F, 0)]),
        (FAILED, heard(FAILED, failed=True, failure="bank_declined"), []),
        (FAILED, heard(FAILED, paid=50_00), [(S, 0)]),
        (PAID, heard(PAID, failed=True), []),
        (OPENED, heard(OPENED, paid=50_00, failed=True), [(S, 0)]),
        (PAID, PART, [(R, 20_00)]),
        (PART, WHOLE, [(R, 30_00)]),
        (PAID, WHOLE, [(R, 50_00)]),
        # Stripe's events come in any order: the refund may be observed first.
        (OPENED, heard(OPENED, paid=50_00, refunded=20_00), [(S, 0), (R, 20_00)]),
        (FAILED, heard(FAILED, paid=50_00, refunded=50_00), [(S, 0), (R, 50_00)]),
        (None, PAID, [(S, 0)]),
        (None, FAILED, [(F, 0)]),
        (None, WHOLE, [(S, 0), (R, 50_00)]),
    ],
)
def test_event_types_of_a_write(before: Donation | None, after: Donation, told: list[tuple[EventType, int]]) -> None:
    events = donation_events(before, after)
    assert [(event.type, event.refund) for event in events] == told
    assert {(event.donation, event.sequence, event.merchant) for event in events} <= {
        (after, after.version, "donate-now")
    }


def test_event_time_is_that_of_the_observation() -> None:
    at = build.MONDAY + 3 * build.DAY
    (event,) = donation_events(PAID, heard(PAID, at, paid=50_00, refunded=1))
    assert event.at == at
    assert heard(PAID, at, paid=50_00) is PAID


def test_event_ids_are_unique_and_stable() -> None:
    other = replace(WHOLE, id="019aa0a3-5f2a-7c41-9d0e-ffffffffffff")
    writes = [(OPENED, FAILED), (OPENED, PAID), (PAID, PART), (PART, WHOLE), (None, WHOLE), (None, other)]
    events = [event for before, after in writes for event in donation_events(before, after)]
    # Two of these writes report the refund that made it WHOLE.
    assert len(events) == 8
    assert len({(event.donation.id, event.sequence, event.type) for event in events}) == 7
    assert len({event.id for event in events}) == 7
    assert all(ids.has_form(ids.EVENT, event.id) for event in events)


@pytest.mark.parametrize("after", [replace(PART, paid=0), replace(PART, refunded=19_99)])
def test_a_lost_observation_is_an_error(after: Donation) -> None:
    with pytest.raises(AssertionError, match="lost"):
        donation_events(PART, after)


def test_a_change_without_an_observation_is_an_error() -> None:
    with pytest.raises(AssertionError, match="nothing was heard"):
        donation_events(OPENED, replace(PAID, observed_at=None))
