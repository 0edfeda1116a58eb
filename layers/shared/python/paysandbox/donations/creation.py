"""What a donation's beginning takes beside the table: what makes two requests one, and the PaymentIntent at Stripe."""

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from paysandbox.aws.hashing_keys import canonical
from paysandbox.donations import tables as donation_tables
from paysandbox.donations.donation import DOUBLE_CLICK, KEY_LIFETIME, Donation, DonationStatus
from paysandbox.donations.stripe_account import ask
from paysandbox.donations.table import DonationKey, open_donation, record_intent, update_pending
from paysandbox.http.request import AnyCall

if TYPE_CHECKING:
    import stripe

_UNCONFIRMED: Final = frozenset({"requires_payment_method", "requires_confirmation"})
"""Statuses of a PaymentIntent that nobody has confirmed, unless it says that a payment failed (Stripe, "PaymentIntent
lifecycle")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A PaymentIntent, and what the donor's browser confirms it with: never kept, never logged."""

    id: str
    client_secret: str


def idempotency_of(call: AnyCall, asked: Donation) -> DonationKey:
    """Under a key, the donor's word for it and this very body; without, the same amount again within a minute."""
    if call.key:
        return DonationKey(
            text=f"KEY#{call.key}", fingerprint=hashlib.sha256(canonical(call.sent)).hexdigest(), lifetime=KEY_LIFETIME
        )
    return DonationKey(text=f"AMOUNT#{asked.currency}#{asked.amount}", fingerprint=None, lifetime=DOUBLE_CLICK)


def begin_donation(asked: Donation, wish: DonationKey) -> tuple[Donation, Intent]:
    """The donation that was asked for, or the one that it repeats, and its PaymentIntent.

    Without a key it repeats one that nobody has tried to pay yet, which takes its message and anonymity: each is the
    latest that was asked for. Stripe knows of an attempt before its webhook says so, and is asked.
    Raises Refused: idempotency_key_reused; see also stripe_account.ask.
    """
    attempted: str | None = None
    # Another turn follows only where the donation was paid for, or tried to be, since the last look.
    while True:
        opened = open_donation(donation_tables.donations(), asked, wish, instead_of=attempted)
        is_repeated = opened.id != asked.id
        if is_repeated and not wish.fingerprint:
            intent = _untried(opened)
            latest = replace(opened, message=asked.message, anonymous=asked.anonymous)
            if not intent or not (latest == opened or update_pending(donation_tables.donations(), latest)):
                attempted = opened.id
                continue
        else:
            intent = _created(opened)
        if opened.intent_id is None:
            record_intent(donation_tables.donations(), opened, intent.id)
        return opened, intent


def _untried(donation: Donation) -> Intent | None:
    """The PaymentIntent of a donation that nobody has tried to pay; None where somebody has."""
    if donation.status is not DonationStatus.PENDING:
        return None
    if donation.intent_id is None:
        return _created(donation)  # nobody has its client secret
    intent_id = donation.intent_id
    found = ask(lambda client: client.v1.payment_intents.retrieve(intent_id))
    if found.status not in _UNCONFIRMED or found.last_payment_error:
        return None
    return _with_secret(found)


def _created(donation: Donation) -> Intent:
    """The donation's PaymentIntent: made, or the one that was made, since Stripe knows it by the donation's id.

    Asked in the same words each time, which Stripe insists on. Nothing in them tells who the donor is.
    Raises Refused: see stripe_account.ask.
    """
    return _with_secret(
        ask(
            lambda client: client.v1.payment_intents.create(
                {
                    "amount": donation.amount,
                    "currency": donation.currency,
                    "description": f"Donation {donation.id}",
                    "metadata": {"donation_id": donation.id},
                    # Nobody is sent to another page to pay, which only a browser could follow.
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                },
                {"idempotency_key": donation.id},
            )
        )
    )


def _with_secret(intent: "stripe.PaymentIntent") -> Intent:
    if intent.client_secret is None:
        raise AssertionError("a secret key is shown the client secret")
    return Intent(id=intent.id, client_secret=intent.client_secret)
