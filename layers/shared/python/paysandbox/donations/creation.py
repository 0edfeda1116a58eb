"""Create donations: detect repeated requests, and create the PaymentIntent at Stripe."""

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from paysandbox.aws.hashing_keys import canonical
from paysandbox.core.stripe_amounts import from_ledger
from paysandbox.donations import tables as donation_tables
from paysandbox.donations.donation import DOUBLE_CLICK, KEY_LIFETIME, Donation, DonationStatus
from paysandbox.donations.stripe_account import ask
from paysandbox.donations.table import DonationKey, open_donation, record_intent, update_pending
from paysandbox.http.request import AnyCall

if TYPE_CHECKING:
    import stripe

_UNCONFIRMED: Final = frozenset({"requires_payment_method", "requires_confirmation"})
"""Statuses of an unconfirmed PaymentIntent, unless it has a payment error (Stripe, "PaymentIntent lifecycle")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A PaymentIntent, and the client secret with which the donor's browser confirms it. Never stored or logged."""

    id: str
    client_secret: str


def idempotency_of(call: AnyCall, asked: Donation) -> DonationKey:
    """Return what identifies a repeated request: the idempotency key with the same body if the request has a key.

    Without a key, it is the same amount and currency within a minute.
    """
    if call.key:
        return DonationKey(
            text=f"KEY#{call.key}", fingerprint=hashlib.sha256(canonical(call.sent)).hexdigest(), lifetime=KEY_LIFETIME
        )
    return DonationKey(text=f"AMOUNT#{asked.currency}#{asked.amount}", fingerprint=None, lifetime=DOUBLE_CLICK)


def begin_donation(asked: Donation, wish: DonationKey) -> tuple[Donation, Intent]:
    """Return the requested donation, or the one that the request repeats, and its PaymentIntent.

    A request without a key repeats only a donation without a payment attempt, whose message and anonymity are then
    updated to those of the request. Attempts are read from Stripe, which knows of them before its webhook arrives.
    Raises Refused: idempotency_key_reused; see also stripe_account.ask.
    """
    attempted: str | None = None
    # Repeats only if a payment was attempted or made since the donation was read.
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
    """Return the PaymentIntent of a donation, or None if a payment was attempted."""
    if donation.status is not DonationStatus.PENDING:
        return None
    if donation.intent_id is None:
        return _created(donation)  # its client secret was never returned to a browser
    intent_id = donation.intent_id
    found = ask(lambda client: client.v1.payment_intents.retrieve(intent_id))
    if found.status not in _UNCONFIRMED or found.last_payment_error:
        return None
    return _with_secret(found)


def _created(donation: Donation) -> Intent:
    """Create the donation's PaymentIntent, or return the existing one: the donation's id is the idempotency key.

    The parameters are the same each time, which Stripe requires, and do not identify the donor.
    Raises Refused: see stripe_account.ask.
    """
    return _with_secret(
        ask(
            lambda client: client.v1.payment_intents.create(
                {
                    "amount": from_ledger(donation.amount, donation.currency.upper()),
                    "currency": donation.currency,
                    "description": f"Donation {donation.id}",
                    "metadata": {"donation_id": donation.id},
                    # Exclude payment methods that redirect, which only a browser could follow.
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
