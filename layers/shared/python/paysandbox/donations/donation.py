"""Donations and their payment state as reported by Stripe.

Stripe's events can be repeated, delayed and out of order. A donation therefore stores the maximum ever reported of
paid, refunded and failed, not the last report. Observations can be merged in any order and repeatedly with the same
result. Status and contribution to the total are derived from it, and do not depend on the order of arrival.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.core.donor import Donor
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record, replace
from paysandbox.core.stripe_amounts import MAX_STRIPE_AMOUNT, from_ledger, from_stripe, units_of

MERCHANT: Final = "donate-now"
"""Merchant whose webhook endpoints receive donation events; locally also the Stripe-compatible account's merchant."""

MAX_MESSAGE: Final = 500
ANONYMOUS: Final = "Anonymous"

KEY_LIFETIME: Final = timedelta(hours=24)
"""Lifetime of an idempotency key."""

DOUBLE_CLICK: Final = timedelta(seconds=60)
"""Time in which a request without a key for the same donor, amount and currency repeats a donation."""

_MINIMUMS: Final = {
    **dict.fromkeys(("AUD", "BRL", "CAD", "CHF", "EUR", "INR", "NZD", "SGD", "USD"), 50),
    **dict.fromkeys(("AED", "MYR", "PLN", "RON"), 2_00),
    **dict.fromkeys(("NOK", "SEK"), 3_00),
    "CZK": 15_00,
    "DKK": 2_50,
    "GBP": 30,
    "HKD": 4_00,
    "HUF": 175_00,
    "JPY": 50,
    "MXN": 10_00,
    "THB": 10_00,
}
"""Minimum amounts in minor units, by currency (Stripe, "Currencies", minimum charge amounts)."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DICE_BYTES: Final = 10
_GROUPS: Final = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))


class DonationStatus(StrEnum):
    """Status of a donation, as stored in its table."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    REFUNDED = "REFUNDED"


class Receipt(StrEnum):
    """Status of a donation's e-mail receipt. If it stays `sending`, the outcome is unknown."""

    NONE = "none"
    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"


class ContradictionError(Exception):
    """Stripe's data does not match the donation: the amount, currency or PaymentIntent differs."""


@record(kw_only=True)
class Donation:
    """A donation. Amounts are minor units of `currency` (lower case, as Stripe writes it); times are UTC.

    `intent_id` is the id of Stripe's PaymentIntent once it is known. `paid` and `refunded` are the maximum amounts that
    Stripe has reported; `failed` is true once an attempt has failed, with Stripe's code in `failure`. `observed_at` is
    the time of the last observation with a change. `version` counts writes.
    """

    id: str
    donor: Donor
    amount: int
    currency: str
    message: str | None
    anonymous: bool
    created_at: datetime
    intent_id: str | None = None
    paid: int = 0
    refunded: int = 0
    failed: bool = False
    failure: str | None = None
    observed_at: datetime | None = None
    receipt: Receipt = Receipt.NONE
    receipt_at: datetime | None = None
    receipt_note: str | None = None
    version: int = 1

    @property
    def status(self) -> DonationStatus:
        """Status derived from all observations. A successful payment outweighs failed attempts."""
        if self.paid:
            return DonationStatus.REFUNDED if self.refunded >= self.paid else DonationStatus.SUCCEEDED
        return DonationStatus.FAILED if self.failed else DonationStatus.PENDING

    @property
    def net(self) -> int:
        """Contribution to the total of its currency."""
        return self.paid - self.refunded

    @property
    def shown_name(self) -> str:
        """Name of the donor as shown to the public."""
        return ANONYMOUS if self.anonymous else self.donor.name


@record(kw_only=True)
class Observation:
    """A donation's state according to one Stripe object, at `at` (UTC). Amounts are cumulative.

    A 0 does not imply that nothing was paid or refunded: a delayed event does not include later changes. `intent_id` is
    None if no PaymentIntent is known.
    """

    donation_id: str
    intent_id: str | None
    currency: str
    at: datetime
    paid: int = 0
    refunded: int = 0
    failed: bool = False
    failure: str | None = None


def observed(donation: Donation, seen: Observation) -> Donation:
    """Merge an observation into a donation. Return the same object if it changes nothing.

    Commutative, associative and idempotent in paid, refunded and failed. A receipt becomes due when the donation is
    first observed as paid. A full refund withdraws a receipt that is due, but not one being sent.
    Raises ContradictionError.
    """
    if donation.intent_id and seen.intent_id and donation.intent_id != seen.intent_id:
        raise ContradictionError(f"{donation.id} has the intent {donation.intent_id}, and not {seen.intent_id}")
    if seen.currency != donation.currency:
        raise ContradictionError(f"{donation.id} is in {donation.currency}, and not in {seen.currency}")
    if seen.paid not in (0, donation.amount) or not 0 <= seen.refunded <= seen.paid:
        raise ContradictionError(
            f"{donation.id} is of {donation.amount}, and not {seen.paid} of which {seen.refunded} went back"
        )
    after = replace(
        donation,
        intent_id=donation.intent_id or seen.intent_id,
        paid=max(donation.paid, seen.paid),
        refunded=max(donation.refunded, seen.refunded),
        failed=donation.failed or seen.failed,
        failure=min(filter(None, (donation.failure, seen.failure)), default=None),
    )
    if after == donation:
        return donation
    return replace(_with_receipt(donation, after, seen.at), observed_at=seen.at, version=donation.version + 1)


def _with_receipt(before: Donation, after: Donation, at: datetime) -> Donation:
    if after.status is DonationStatus.REFUNDED:
        return replace(after, receipt=Receipt.NONE) if before.receipt is Receipt.DUE else after
    if after.status is DonationStatus.SUCCEEDED and not before.paid:
        return replace(after, receipt=Receipt.DUE, receipt_at=at)
    return after


def donation_id(at: datetime, dice: bytes) -> str:
    """Return a UUID that sorts by time as text (RFC 9562, version 7). `dice` has 10 random bytes."""
    milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)  # int(at.timestamp() * 1000) is one less for some times
    bits = int.from_bytes(dice[:_DICE_BYTES])
    value = milliseconds << 80 | 0x7 << 76 | (bits >> 62 & 0xFFF) << 64 | 0b10 << 62 | bits & (1 << 62) - 1
    return "-".join(f"{value:032x}"[start:end] for start, end in _GROUPS)


def check_amount(amount: int, currency: str) -> None:
    """Refuse an amount that Stripe would reject. `currency` is an upper-case ISO 4217 code.

    Raises Refused, for `amount`: amount_too_small, amount_too_large, amount_not_whole or amount_invalid (more decimals
    than Stripe's API has, or takes).
    """
    # Stripe publishes no minimum for other currencies; it is one major unit here.
    least = _MINIMUMS.get(currency) or int(f"1{'0' * MINOR_DIGITS[currency]}")
    if amount < least:
        raise Refused(
            Code.AMOUNT_TOO_SMALL, f"A donation must be at least {amount_with_code(least, currency)}.", "amount"
        )
    units = from_ledger(amount, currency)
    if units > MAX_STRIPE_AMOUNT:
        most = from_stripe(MAX_STRIPE_AMOUNT, currency)
        raise Refused(Code.AMOUNT_TOO_LARGE, f"A donation can be at most {amount_with_code(most, currency)}.", "amount")
    if from_stripe(units, currency) != amount:
        raise Refused(Code.AMOUNT_NOT_WHOLE, f"Stripe takes no fractions of {currency}.", "amount")
    if units % units_of(currency).step:
        raise Refused(
            Code.AMOUNT_INVALID,
            f"Amounts in {currency} must end in 0: card networks use one decimal digit less.",
            "amount",
        )
