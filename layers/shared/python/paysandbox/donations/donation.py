"""Donations: what a donor gives, and what Stripe has said of it so far.

Stripe's events come again, late and in any order. So what is kept is not the last thing heard but the most that was
ever heard: paid, refunded, failed. Such sightings can be merged in any order and as often as one likes, and the result
is the same; the status and what counts towards the total follow from it, and are never decided by an arrival.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.core.donor import Donor
from paysandbox.core.errors import Code, Refused

MERCHANT: Final = "donate-now"
"""Whose webhook endpoints hear of donations; locally also the merchant whose Stripe-compatible account takes them."""

MAX_AMOUNT: Final = 99_999_999
"""Minor units: eight digits, as Stripe has it ("Currencies", minimum and maximum charge amounts)."""

MAX_MESSAGE: Final = 500
ANONYMOUS: Final = "Anonymous"

KEY_LIFETIME: Final = timedelta(hours=24)
"""For how long an idempotency key stands for one donation."""

DOUBLE_CLICK: Final = timedelta(seconds=60)
"""For how long the same donor and amount are the same donation, where no key was sent."""

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
"""Minor units, by currency; Stripe, "Currencies", minimum charge amounts."""

_STEPS: Final = dict.fromkeys((code for code, digits in MINOR_DIGITS.items() if digits == 3), 10)
"""Of three decimals, card rails want the last one to be 0."""

_OTHER_UNITS: Final = frozenset({"ISK", "MGA", "UGX"})
"""Stripe's minor unit of these is not that of ISO 4217 ("Currencies", special cases): the same number would be another
amount there."""

_DICE_BYTES: Final = 10
_GROUPS: Final = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))


class DonationStatus(StrEnum):
    """How far a donation is, in the words of its table."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    REFUNDED = "REFUNDED"


class Receipt(StrEnum):
    """How far the mail is that thanks for a donation. `sending` that stays has an outcome that nobody knows."""

    NONE = "none"
    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"


class ContradictionError(Exception):
    """What Stripe says is not of this donation: another amount, another currency, or another intent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Donation:
    """A donation. Amounts are minor units of `currency` (lower case, as Stripe writes it); times are UTC.

    `intent_id` is Stripe's PaymentIntent once it is known. `paid` and `refunded` are the most that Stripe has ever said
    was taken and given back; `failed` that an attempt failed, `failure` why (Stripe's code). `heard_at` is when
    something new was last heard. `version` counts writes.
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
    heard_at: datetime | None = None
    receipt: Receipt = Receipt.NONE
    receipt_at: datetime | None = None
    receipt_note: str | None = None
    version: int = 1

    @property
    def status(self) -> DonationStatus:
        """What follows from all that was heard. A payment that succeeded outweighs attempts that failed."""
        if self.paid:
            return DonationStatus.REFUNDED if self.refunded >= self.paid else DonationStatus.SUCCEEDED
        return DonationStatus.FAILED if self.failed else DonationStatus.PENDING

    @property
    def net(self) -> int:
        """What it adds to the total of its currency."""
        return self.paid - self.refunded

    @property
    def shown_name(self) -> str:
        """The donor's name as the public sees it."""
        return ANONYMOUS if self.anonymous else self.donor.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one of Stripe's objects says of a donation, at the instant `at` (UTC). Amounts are of all time, not changes.

    None of the numbers means anything by its absence: an event that is late says 0 of what came after it. `intent_id`
    is None where there is no intent that anybody knows of.
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
    """The donation after something was heard of it: the same object where that is nothing new.

    Commutative, associative and idempotent in what is paid, refunded and failed. A receipt becomes due when the
    donation is first known to be paid, and is withdrawn while nobody works on it once all of it went back.
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
    return replace(_with_receipt(donation, after, seen.at), heard_at=seen.at, version=donation.version + 1)


def _with_receipt(before: Donation, after: Donation, at: datetime) -> Donation:
    if after.status is DonationStatus.REFUNDED:
        return replace(after, receipt=Receipt.NONE) if before.receipt is Receipt.DUE else after
    if after.status is DonationStatus.SUCCEEDED and not before.paid:
        return replace(after, receipt=Receipt.DUE, receipt_at=at)
    return after


def donation_id(at: datetime, dice: bytes) -> str:
    """An id of the form of a UUID whose text order is time order (RFC 9562, version 7). `dice` are 10 random bytes."""
    milliseconds = int(at.timestamp() * 1000)
    bits = int.from_bytes(dice[:_DICE_BYTES])
    value = milliseconds << 80 | 0x7 << 76 | (bits >> 62 & 0xFFF) << 64 | 0b10 << 62 | bits & (1 << 62) - 1
    return "-".join(f"{value:032x}"[start:end] for start, end in _GROUPS)


def check_amount(amount: int, currency: str) -> None:
    """Refuse an amount that Stripe would not take. `currency` is an upper-case code of ISO 4217.

    Raises Refused: currency_unsupported of `currency`; amount_too_small, amount_too_large, amount_invalid (a fraction
    that the currency's cards do not have) of `amount`.
    """
    if currency in _OTHER_UNITS:
        raise Refused(Code.CURRENCY_UNSUPPORTED, f"Donations in {currency} are not supported.", "currency")
    # Of other currencies no minimum is published: one whole unit.
    least = _MINIMUMS.get(currency) or int(f"1{'0' * MINOR_DIGITS[currency]}")
    if amount < least:
        raise Refused(
            Code.AMOUNT_TOO_SMALL, f"A donation must be at least {amount_with_code(least, currency)}.", "amount"
        )
    if amount > MAX_AMOUNT:
        raise Refused(
            Code.AMOUNT_TOO_LARGE, f"A donation can be at most {amount_with_code(MAX_AMOUNT, currency)}.", "amount"
        )
    if amount % _STEPS.get(currency, 1):
        raise Refused(
            Code.AMOUNT_INVALID,
            f"Amounts in {currency} must end in 0: card networks use one decimal digit less.",
            "amount",
        )
