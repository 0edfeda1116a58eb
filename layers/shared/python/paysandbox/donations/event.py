"""Donation events: succeeded, failed, and refunded in full or in part.

Events are derived from the change of a single write, so reading the table's stream twice produces the same events.
Donations are not in the ledger: these are not operations of a payment.
"""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.core.record import record
from paysandbox.donations.donation import MERCHANT, Donation, DonationStatus


@record
class DonationEvent:
    """An event of a write, with the donation right after that write.

    `at` is the time of Stripe's observation (UTC, sandbox time). `refund` is the amount by which this write increased
    the refunded total, in minor units: more than 0 for a refund, 0 otherwise.
    """

    type: EventType
    donation: Donation
    at: datetime
    refund: int = 0

    @property
    def id(self) -> str:
        """Id of the event, the same each time it is derived."""
        return ids.donation_event_id(self.donation.id, self.donation.version, self.type)

    @property
    def sequence(self) -> int:
        """Version of the donation. A version can have no event, one or two."""
        return self.donation.version

    @property
    def merchant(self) -> str:
        """Merchant whose endpoints receive the event."""
        return MERCHANT


def donation_events(before: Donation | None, after: Donation) -> tuple[DonationEvent, ...]:
    """Return the events of a write, in this order: succeeded or failed, then refunded. Often there are none.

    A donation succeeds at most once. It fails at most once, and may succeed afterwards. A refund that is observed
    before its payment produces both events at once. Raises AssertionError if `paid` or `refunded` decreased.
    """
    paid, refunded = (before.paid, before.refunded) if before else (0, 0)
    if after.paid < paid or after.refunded < refunded:
        raise AssertionError(f"{after.id} has lost what was known of it")
    changes: list[tuple[EventType, int]] = []
    if after.paid and not paid:
        changes.append((EventType.DONATION_SUCCEEDED, 0))
    if _failed(after) and not _failed(before):
        changes.append((EventType.DONATION_FAILED, 0))
    if after.refunded > refunded:
        changes.append((EventType.DONATION_REFUNDED, after.refunded - refunded))
    return tuple(DonationEvent(kind, after, _observed_at(after), refund) for kind, refund in changes)


def _failed(donation: Donation | None) -> bool:
    return donation is not None and donation.status is DonationStatus.FAILED


def _observed_at(donation: Donation) -> datetime:
    if donation.observed_at is None:
        raise AssertionError(f"{donation.id} is {donation.status}, and nothing was heard of it")
    return donation.observed_at
