"""Create donations: detect repeated requests, and create the PaymentIntent at Stripe."""

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Final

from paysandbox.aws.hashing_keys import canonical
from paysandbox.aws.idempotency import run_bound
from paysandbox.core.record import record, replace
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


@record(kw_only=True)
class Intent:
    """A PaymentIntent, and the client secret with which the donor's browser confirms it. Never stored or logged."""

    id: str
    client_secret: str


def key_of(call: AnyCall, requested: Donation) -> DonationKey:
    """Return what identifies a repeated request: the idempotency key with the same body if the request has a key.

    Without a key, it is the same amount and currency within a minute.
    """
    if call.key:
        return DonationKey(
            text=f"KEY#{call.key}", fingerprint=hashlib.sha256(canonical(call.sent)).hexdigest(), lifetime=KEY_LIFETIME
        )
    return DonationKey(text=f"AMOUNT#{requested.currency}#{requested.amount}", fingerprint=None, lifetime=DOUBLE_CLICK)


def begin_donation(call: AnyCall, requested: Donation) -> tuple[Donation, Intent]:
    """Return the requested donation, or the one that the request repeats, and its PaymentIntent.

    The donation's transaction binds the key to it, and its PaymentIntent is the effect. A request without a key repeats
    only a donation without a payment attempt: otherwise it begins another one instead.
    Raises Refused: idempotency_key_reused; see also stripe_account.ask.
    """
    key = key_of(call, requested)
    table = donation_tables.donations()
    attempted: str | None = None
    while True:
        bind = partial(open_donation, table, requested, key, instead_of=attempted)
        intent, donation = run_bound(key.text, call.request.context, bind, partial(_intent_of, requested, key))
        if intent:
            return donation, intent
        attempted = donation.id


def _intent_of(requested: Donation, key: DonationKey, donation: Donation) -> Intent | None:
    """Return the PaymentIntent of a donation, or None if a request without a key must not repeat it.

    The message and the anonymity of a donation that is repeated without a key become those of the request. Attempts are
    read from Stripe, which knows of them before its webhook arrives.
    """
    if donation.id == requested.id or key.fingerprint:
        intent = _created(donation)
    else:
        intent = _untried(donation)
        latest = replace(donation, message=requested.message, anonymous=requested.anonymous)
        if intent is None or (latest != donation and not update_pending(donation_tables.donations(), latest)):
            return None
    if donation.intent_id is None:
        record_intent(donation_tables.donations(), donation, intent.id)
    return intent


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
