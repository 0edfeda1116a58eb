"""Donors on a running sandbox: their requests, payments and e-mails.

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
from paysandbox.http.keys.credential import publishable_key
from tests.support.tools.waiting import until

TIMEOUT_S = 120
PATIENCE_S = 60.0

Json = dict[str, Any]


@dataclass(frozen=True)
class Intended:
    """A donation that is not yet paid."""

    donation_id: str
    client_secret: str = field(repr=False)

    @property
    def payment_intent(self) -> str:
        """Id of the PaymentIntent, which is the prefix of the client secret."""
        return self.client_secret.partition("_secret_")[0]


@dataclass(frozen=True)
class Donor:
    """A donor whose HTTP client sends an identity token, and whose browser has the account's publishable key.

    `account_key` returns the account's current secret key.
    """

    email: str
    name: str
    http: httpx.Client
    account_key: Callable[[], str]

    def asks(self, body: Any, key: str | None = None) -> httpx.Response:
        """Create a donation, with an idempotency key (by default a new one; "" for none).

        Retries retryable 503 responses: many cold starts on two cores take longer than a function's timeout for Stripe.
        """
        chosen = str(uuid.uuid4()) if key is None else key
        headers = {"X-Idempotency-Key": chosen} if chosen else {}
        patient_until = time.monotonic() + PATIENCE_S
        while True:
            answer = self.http.post("/donations/create-intent", json=body, headers=headers)
            if not (answer.status_code == 503 and answer.json()["retryable"]) or time.monotonic() > patient_until:
                return answer

    def intends(self, amount: int, key: str | None = None, **wish: Any) -> Intended:
        """Create a donation, and check that it succeeds."""
        answer = self.asks({"amount": amount, **wish}, key)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body.keys() == {"client_secret", "donation_id"}
        return Intended(**body)

    def pays(self, intended: Intended, card: str = "pm_card_visa") -> Any:
        """Confirm the PaymentIntent as Stripe.js does: with the publishable key and the client secret."""
        key, base_url = publishable_key(self.account_key()), str(self.http.base_url).rstrip("/")
        browser: Any = stripe.StripeClient(key, base_addresses={"api": base_url}).v1
        confirmation = {"payment_method": card, "client_secret": intended.client_secret}
        return browser.payment_intents.confirm(intended.payment_intent, confirmation)

    def gives(self, amount: int, **wish: Any) -> Intended:
        """Create and pay a donation, and wait until its receipt is sent."""
        intended = self.intends(amount, **wish)
        assert self.pays(intended).status == "succeeded"
        self.sees(intended, lambda shown: shown["receipt"] == "sent", "its receipt")
        return intended

    def donations(self) -> list[Json]:
        """Return the donor's own donations, newest first."""
        return self.http.get("/donations/mine").raise_for_status().json()["data"]

    def sees(self, intended: Intended, what: Callable[[Json], bool], words: str) -> Json:
        """Wait until the donation fulfills the condition `what`, described by `words`."""

        def found() -> Json | None:
            shown = next(one for one in self.donations() if one["donation_id"] == intended.donation_id)
            return shown if what(shown) else None

        return until(found, f"{words} of {intended.donation_id}", patience_s=PATIENCE_S)


def total(base_url: str, currency: str) -> int:
    """Get the public total of a currency, net of refunds, in minor units."""
    body = httpx.get(f"{base_url}/donations/total", timeout=TIMEOUT_S).raise_for_status().json()
    return next((one["amount"] for one in body["totals"] if one["currency"] == currency), 0)


def mail(target: Target, donation_id: str) -> list[Json]:
    """Return the e-mails about a donation, oldest first."""
    return [one for one in mailbox(target) if donation_id in one["BodyText"]]
