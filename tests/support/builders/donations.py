"""Builders of donations and their observations from Stripe, with the product's own rules and a keyword per field.

given = donations.opened()
paid = donations.heard(given, paid=50_00)
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from paysandbox.core.donor import Donor
from paysandbox.donations.donation import Donation, Observation, observed
from paysandbox.donations.table import donation_item
from tests.support.builders import build
from tests.support.fakes import stream

DONATION_ID: Final = "019aa0a3-5f2a-7c41-9d0e-3b8f6f1c2a47"
INTENT_ID: Final = "pi_" + "d" * 26
ADA: Final = Donor(user_id="5f1c2a47-3b8f-4c41-9d0e-019aa0a35f2a", email="ada@example.com", name="Ada Lovelace")


def opened(**parts: Any) -> Donation:
    """Build a pending donation of 50 dollars, created on Monday."""
    made = Donation(
        id=DONATION_ID,
        donor=ADA,
        amount=50_00,
        currency="usd",
        message="For the library",
        anonymous=False,
        created_at=build.MONDAY,
    )
    return replace(made, **parts)


def heard(donation: Donation, at: datetime = build.MONDAY + build.HOUR, **seen: Any) -> Donation:
    """Return the donation after an observation an hour later: `paid`, `refunded`, `failed`, `failure`."""
    return observed(
        donation,
        Observation(donation_id=donation.id, intent_id=INTENT_ID, currency=donation.currency, at=at, **seen),
    )


def record(before: Donation | None, after: Donation | None, *, place: int = 1) -> stream.Json:
    """Build the stream record of a write to the donations table."""
    images = {"OldImage": before, "NewImage": after}
    return of_images({name: donation_item(one) for name, one in images.items() if one}, place=place)


def of_images(images: stream.Json, *, place: int = 1) -> stream.Json:
    """Build a stream record with any images."""
    told = stream.of_images(images, place=place)
    told["dynamodb"]["Keys"] = {"PK": {"S": f"USER#{ADA.email}"}, "SK": {"S": f"DONATION#{DONATION_ID}"}}
    return told
