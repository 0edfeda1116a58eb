"""What others hear of a donation: that it succeeded, that it failed, that all or part of it went back.

Each follows from what one write changed, so whoever reads the table's stream twice tells the same again. Donations are
in no ledger: nothing here is an operation of a payment.
"""

from dataclasses import dataclass
from datetime import datetime

from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.donations.donation import MERCHANT, Donation, DonationStatus


@dataclass(frozen=True, slots=True)
class DonationEvent:
    """A donation as it was right after a write, and what that write is told as.

    `at` is when Stripe was heard (UTC, the sandbox's time). `refund` is what this write added to what went back, in
    minor units: more than 0 for a refund, 0 otherwise.
    """

    type: EventType
    donation: Donation
    at: datetime
    refund: int = 0

    @property
    def id(self) -> str:
        """The same however often it is derived."""
        return ids.donation_event_id(self.donation.id, self.donation.version, self.type)

    @property
    def sequence(self) -> int:
        """The donation's version. Some versions are no event, and some are two."""
        return self.donation.version

    @property
    def merchant(self) -> str:
        """Whose endpoints hear of it."""
        return MERCHANT


def donation_events(before: Donation | None, after: Donation) -> tuple[DonationEvent, ...]:
    """What a write told of, in this order: that it succeeded or failed, that something went back. Often nothing.

    It succeeds once. It fails once at most, and may succeed afterwards. A refund that is heard of before the payment is
    both at once. Raises AssertionError where less is known after a write than before it.
    """
    paid, refunded = (before.paid, before.refunded) if before else (0, 0)
    if after.paid < paid or after.refunded < refunded:
        raise AssertionError(f"{after.id} has lost what was known of it")
    told: list[tuple[EventType, int]] = []
    if after.paid and not paid:
        told.append((EventType.DONATION_SUCCEEDED, 0))
    if _failed(after) and not _failed(before):
        told.append((EventType.DONATION_FAILED, 0))
    if after.refunded > refunded:
        told.append((EventType.DONATION_REFUNDED, after.refunded - refunded))
    return tuple(DonationEvent(kind, after, _heard_at(after), refund) for kind, refund in told)


def _failed(donation: Donation | None) -> bool:
    return donation is not None and donation.status is DonationStatus.FAILED


def _heard_at(donation: Donation) -> datetime:
    if donation.heard_at is None:
        raise AssertionError(f"{donation.id} is {donation.status}, and nothing was heard of it")
    return donation.heard_at
