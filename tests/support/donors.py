"""Donors on a sandbox: who is signed in, what they ask for, and the mail that they get.

given = jo.intends(50_00); jo.pays(given); jo.sees(given, lambda shown: shown["receipt"] == "sent", "its receipt")
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import stripe

from cli.connection.target import Target
from cli.donations.walk import mailbox
from paysandbox.http.credential import publishable_key
from tests.support.waiting import until

TIMEOUT_S = 120
PATIENCE_S = 60.0

Json = dict[str, Any]


@dataclass(frozen=True)
class Intended:
    """A donation that waits for its card."""

    donation_id: str
    client_secret: str = field(repr=False)

    @property
    def payment_intent(self) -> str:
        """Stripe's id of it, which the secret begins with."""
        return self.client_secret.partition("_secret_")[0]


@dataclass(frozen=True)
class Donor:
    """Somebody whose client sends a token, and whose browser knows the account's publishable key.

    `account_key` tells the secret one beside that, as it is now.
    """

    email: str
    name: str
    http: httpx.Client
    account_key: Callable[[], str]

    def asks(self, body: Any, key: str | None = None) -> httpx.Response:
        """Ask for an intent, under an idempotency key (a fresh one unless given; "" for none).

        Again while the answer is "not now": many cold starts on two cores are longer than a function waits for Stripe.
        """
        chosen = str(uuid.uuid4()) if key is None else key
        headers = {"X-Idempotency-Key": chosen} if chosen else {}
        patient_until = time.monotonic() + PATIENCE_S
        while True:
            answer = self.http.post("/donations/create-intent", json=body, headers=headers)
            if not (answer.status_code == 503 and answer.json()["retryable"]) or time.monotonic() > patient_until:
                return answer

    def intends(self, amount: int, key: str | None = None, **wish: Any) -> Intended:
        """The same, where it is given."""
        answer = self.asks({"amount": amount, **wish}, key)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body.keys() == {"client_secret", "donation_id"}
        return Intended(**body)

    def pays(self, intended: Intended, card: str = "pm_card_visa") -> Any:
        """Confirm it as Stripe.js does: with the publishable key and the client secret."""
        key, base_url = publishable_key(self.account_key()), str(self.http.base_url).rstrip("/")
        browser: Any = stripe.StripeClient(key, base_addresses={"api": base_url}).v1
        confirmation = {"payment_method": card, "client_secret": intended.client_secret}
        return browser.payment_intents.confirm(intended.payment_intent, confirmation)

    def gives(self, amount: int, **wish: Any) -> Intended:
        """A donation that has come through: paid, and its receipt sent."""
        intended = self.intends(amount, **wish)
        assert self.pays(intended).status == "succeeded"
        self.sees(intended, lambda shown: shown["receipt"] == "sent", "its receipt")
        return intended

    def donations(self) -> list[Json]:
        """The donor's own, newest first."""
        return self.http.get("/donations/mine").raise_for_status().json()["data"]

    def sees(self, intended: Intended, what: Callable[[Json], bool], words: str) -> Json:
        """Wait until the donation is so."""

        def found() -> Json | None:
            shown = next(one for one in self.donations() if one["donation_id"] == intended.donation_id)
            return shown if what(shown) else None

        return until(found, f"{words} of {intended.donation_id}", patience_s=PATIENCE_S)


def total(base_url: str, currency: str) -> int:
    """What was given and not given back, in minor units. Everybody may ask."""
    body = httpx.get(f"{base_url}/donations/total", timeout=TIMEOUT_S).raise_for_status().json()
    return next((one["amount"] for one in body["totals"] if one["currency"] == currency), 0)


def mail(target: Target, donation_id: str) -> list[Json]:
    """The mails that are about a donation, oldest first."""
    return [one for one in mailbox(target) if donation_id in one["BodyText"]]
