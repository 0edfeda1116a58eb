"""What a donation's beginning takes beside the table: what makes two requests one, and the PaymentIntent at Stripe."""

import hashlib
from dataclasses import dataclass

from paysandbox.domain.donation import DOUBLE_CLICK, KEY_LIFETIME, Donation
from paysandbox.runtime.pepper import canonical
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_account import ask
from paysandbox.table.donations import Wish


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent, and what the donor's browser confirms it with: never kept, never logged."""

    id: str
    client_secret: str


def wish_of(call: Call, asked: Donation) -> Wish:
    """Under a key, the donor's word for it and this very body; without, the same amount again within a minute."""
    if call.key:
        return Wish(f"KEY#{call.key}", hashlib.sha256(canonical(call.sent)).hexdigest(), KEY_LIFETIME)
    return Wish(f"AMOUNT#{asked.currency}#{asked.amount}", None, DOUBLE_CLICK)


def intent_for(donation: Donation) -> Intent:
    """The donation's PaymentIntent: made, or the one that was made, since Stripe knows it by the donation's id.

    Asked in the same words each time, which Stripe insists on. Nothing in them tells who the donor is.
    Raises Refused: see stripe_account.ask.
    """
    made = ask(
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
    if made.client_secret is None:
        raise AssertionError("a secret key is shown the client secret")
    return Intent(made.id, made.client_secret)
