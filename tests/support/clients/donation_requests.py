"""Donors' requests to the donation routes, and the Stripe account that accepts the donations.

    with account_at_stripe() as stripe:
        Giver().give(50_00)                     → Reply: {"client_secret": "pi_…", "donation_id": "…"}
        stripe.asked                            the official SDK's requests, as received over HTTP
        stripe.trouble = [refusing(500, "api_error"), LOST]

The account is the sandbox's own Stripe-compatible API on a local port.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from requests.structures import CaseInsensitiveDict

from paysandbox.aws import runtime
from paysandbox.aws.settings import StripeAccountSettings
from paysandbox.core.signature import stripe_signature
from paysandbox.donations import stripe_secrets, tables as donation_tables
from paysandbox.donations.donation import MERCHANT, Donation, Observation
from paysandbox.donations.routes import (
    CREATE_DONATION_INTENT,
    GET_DONATION_TOTAL,
    LIST_DONATIONS,
    LIST_MY_DONATIONS,
    LIST_RECENT_DONATIONS,
    RECEIVE_STRIPE_EVENT,
)
from paysandbox.donations.table import find_donation
from paysandbox.donations.writes import apply_observation
from tests.support.builders import build
from tests.support.clients.call import Reply, send
from tests.support.clients.stripe_sdk import InThisProcess
from tests.support.fakes.wire import HANG_UP, Reply as OfStripe, Request, served
from tests.support.worlds import table_snapshot, tables

Fault = Callable[[Request, Callable[[], OfStripe]], OfStripe | None]
"""Replaces the response to a request of the SDK; it may still execute the request."""


@dataclass(frozen=True)
class Giver:
    """A donor, defined by the claims of their identity token (keywords of build.claims)."""

    claims: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def give(self, amount: Any = 50_00, key: Any = None, **more: Any) -> Reply:
        """Create a donation, optionally with an idempotency key."""
        return self._send(CREATE_DONATION_INTENT, body=build.donation_body(amount, **more), key=key)

    def given(self, amount: int = 50_00, **more: Any) -> Donation:
        """Create a donation, and return it as stored."""
        reply = self.give(amount, **more)
        assert reply.status == 200, reply.text
        return kept(reply.json["donation_id"])

    def mine(self, **query: Any) -> Reply:
        """List the donor's own donations."""
        return self._send(LIST_MY_DONATIONS, query=query)

    def _send(self, route: Any, **parts: Any) -> Reply:
        return send(route, claims=build.claims(**self.claims), **parts)


ADA: Final = Giver()
BOB: Final = Giver({"sub": "9c0e7d52-7a41-4d8e-b1f6-02bbd0b46c1e", "email": "bob@example.com", "name": "Bob Babbage"})


def total(**parts: Any) -> Reply:
    """Get the public total."""
    return send(GET_DONATION_TOTAL, **parts)


def recent(**parts: Any) -> Reply:
    """Get the public list of recent donations."""
    return send(LIST_RECENT_DONATIONS, **parts)


def listed(merchant: str = MERCHANT, **query: Any) -> Reply:
    """List donations with the key of a merchant."""
    return send(LIST_DONATIONS, query=query, api_key=build.api_key(merchant))


def kept(donation_id: str) -> Donation:
    """Return a donation as stored."""
    found = find_donation(donation_tables.donations(), donation_id)
    assert found is not None
    return found


def observe(donation: Donation, **seen: Any) -> Donation:
    """Apply an observation of Stripe (`paid`, `refunded`, `failed`) to a donation, as the payment worker does."""
    intent = donation.intent_id or f"pi_{donation.id}"
    seen = {"at": donation.created_at, "currency": donation.currency} | seen
    return apply_observation(
        donation_tables.donations(), Observation(donation_id=donation.id, intent_id=intent, **seen)
    ).after


def paid(amount: int = 50_00, by: Giver = ADA, **more: Any) -> Donation:
    """Create a donation that Stripe reported as paid."""
    return observe(by.given(amount, **more), paid=amount)


def rows() -> list[dict[str, Any]]:
    """Return all items of the donations table."""
    return table_snapshot.items_of(tables.GIVEN)


def donation_rows() -> list[dict[str, Any]]:
    """Return the donation items of the table."""
    return [row for row in rows() if row["SK"]["S"].startswith("DONATION#")]


# --- the account at Stripe --------------------------------------------------------------------------------------------


@dataclass
class Account:
    """The SDK's requests, and the faults of its next requests, in order. Later requests succeed."""

    base_url: str = ""
    keys: set[str] = field(default_factory=lambda: {tables.STRIPE_KEY})
    asked: list[Request] = field(default_factory=list[Request])
    trouble: list[Fault] = field(default_factory=list[Fault])

    def intents(self) -> list[str]:
        """Return the ids of all PaymentIntents."""
        return [f"pi_{item['transaction_id']['S'][5:]}" for item in table_snapshot.items() if "operations" in item]


@contextmanager
def account_at_stripe() -> Iterator[Account]:
    """Serve an account that accepts donations, and configure the functions with its URL."""
    account = Account()

    def answer(request: Request) -> OfStripe | None:
        account.asked.append(request)
        if request.headers["authorization"].removeprefix("Bearer ") not in account.keys:
            return refusing(401, "invalid_request_error")(request, lambda: play(request))
        return account.trouble.pop(0)(request, lambda: play(request)) if account.trouble else play(request)

    with served(answer) as wire:
        account.base_url = wire.base_url
        set_stripe_url(wire.base_url)
        yield account


def set_stripe_url(base_url: str) -> None:
    """Configure the functions with Stripe's URL."""
    account = StripeAccountSettings(
        stripe_key_parameter=tables.STRIPE_KEY_PARAMETER,
        stripe_webhook_parameter=tables.STRIPE_WEBHOOK_PARAMETER,
        stripe_api_base=base_url,
    )
    os.environ |= account.to_env()
    runtime._settings.cache_clear()


def play(request: Request) -> OfStripe:
    """Return the response of the sandbox's own Stripe-compatible API."""
    query = f"?{urlencode(request.query)}" if request.query else ""
    headers = CaseInsensitiveDict(request.headers)
    text, status, answered = InThisProcess().request(
        request.method, request.path + query, headers, urlencode(request.body or {})
    )
    return OfStripe(status, json.loads(text), {"Request-Id": answered["Request-Id"]})


def lost(request: Request, do: Callable[[], OfStripe]) -> OfStripe | None:
    """Execute the request, but close the connection before the response."""
    do()
    return HANG_UP


def unheard(request: Request, do: Callable[[], OfStripe]) -> OfStripe | None:
    """Close the connection without executing the request."""
    return HANG_UP


def refusing(status: int, kind: str, **error: Any) -> Fault:
    """Return a fault in which Stripe responds with an error without executing the request.

    The response asks the SDK not to retry, so that tests do not wait for retries.
    """

    def refuse(request: Request, do: Callable[[], OfStripe]) -> OfStripe:
        body = {"error": {"type": kind, "message": "Stripe's own words.", **error}}
        return OfStripe(status, body, {"Stripe-Should-Retry": "false"})

    return refuse


# --- Stripe's events --------------------------------------------------------------------------------------------------


def event_body(**parts: Any) -> str:
    """Build a Stripe event of a succeeded PaymentIntent. `parts` replace fields, or omit those given as ABSENT."""
    whole = {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.dahlia",
        "created": 1_763_000_000,
        "type": "payment_intent.succeeded",
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "data": {"object": {"id": "pi_1", "object": "payment_intent", "amount": 50_00}},
    }
    return json.dumps({name: value for name, value in (whole | parts).items() if value is not build.ABSENT}, indent=2)


def signature_of(body: str | bytes, *, secret: str | None = None, at: int | None = None) -> str:
    """Return the `Stripe-Signature` of a body, signed now or `at` (Unix seconds)."""
    when = at if at is not None else int(runtime.wall_now().timestamp())
    sent = body.encode() if isinstance(body, str) else body
    return f"t={when},v1={stripe_signature(secret or tables.STRIPE_WEBHOOK_SECRET, when, sent)}"


def post_event(body: Any = None, signature: Any = None, **parts: Any) -> Reply:
    """Send an event as Stripe does, with a valid signature by default."""
    body = event_body() if body is None else body
    headers = {"Stripe-Signature": signature_of(body) if signature is None else signature}
    return send(RECEIVE_STRIPE_EVENT, body=body, headers=headers, in_base64=isinstance(body, bytes), **parts)


def forget_secrets() -> None:
    """Clear the cached secrets of the account, as in a new execution environment."""
    stripe_secrets.secret_key.cache_clear()
    stripe_secrets.webhook_secret.cache_clear()
