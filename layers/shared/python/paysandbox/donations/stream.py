"""Donation events from the records of the donations table's stream."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.records import READ_ERRORS, UnreadableRecordError
from paysandbox.aws.schema import DONATIONS_SORT
from paysandbox.donations.donation import Donation
from paysandbox.donations.event import DonationEvent, donation_events
from paysandbox.donations.table import DONATION, donation_from


def donation_events_in(record: Mapping[str, Any]) -> tuple[DonationEvent, ...]:
    """Return the events of a stream record. Raises UnreadableRecordError, and no other error.

    Other items of the table, such as donor profiles, totals and Stripe's events, have no events, nor do deletions.
    """
    try:
        images = record["dynamodb"]
        after = images.get("NewImage")
        if after is None or not after[DONATIONS_SORT]["S"].startswith(DONATION):
            return ()
        return donation_events(_donation(images.get("OldImage")), donation_from(after))
    except READ_ERRORS as error:
        raise UnreadableRecordError(type(error).__name__) from error


def _donation(image: Any) -> Donation | None:
    return donation_from(image) if image is not None else None
