"""A merchant on the Stripe-compatible API: real handlers in this process, called like the official SDK does.

    shop = StripeMerchant()
    intent = shop.paid(amount=10_00)                                  # {"id": "pi_…", "status": "succeeded", …}
    shop.post(CREATE_REFUND, payment_intent=intent["id"])             # → StripeReply

Every response is checked against the SDK's annotations, so that each test also tests the shapes.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import stripe

from paysandbox.balance.journal import enter_payments
from paysandbox.http.dispatch import load_handler
from paysandbox.http.route import Route
from paysandbox.payments.ledger.items import payment_from
from paysandbox.stripe_api.errors import IN_PATH
from paysandbox.stripe_api.routes import (
    CANCEL_PAYMENT_INTENT,
    CAPTURE_PAYMENT_INTENT,
    CONFIRM_PAYMENT_INTENT,
    CREATE_PAYMENT_INTENT,
    CREATE_PAYMENT_METHOD,
    CREATE_REFUND,
    CREATE_TOKEN,
    CREATE_WEBHOOK_ENDPOINT,
    GET_PAYMENT_INTENT,
    INCREMENT_AUTHORIZATION,
)
from paysandbox.webhooks.events.event_store import StoredEvent
from tests.support.builders import build
from tests.support.clients.stripe_call import StripeReply, stripe_send
from tests.support.tools.stripe_shapes import class_of, faults
from tests.support.worlds import table_snapshot, webhook_records

VISA: Final = "pm_card_visa"
DECLINED: Final = "pm_card_chargeDeclined"
TYPED: Final = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
URL: Final = "https://example.com/hooks"

UNEXPECTED_STATE: Final = "payment_intent_unexpected_state"

Of = str | tuple[str, ...] | None
_PARAMETER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class StripeMerchant:
    """A merchant with an API key. `kind`: secret, or publishable. `version`: the Stripe-Version it sends, if any."""

    name: str = build.MERCHANT
    kind: str = "secret"
    version: str | None = None

    def ask(self, route: Route, of: Of = None, params: Any = None, **parts: Any) -> StripeReply:
        """Send a request to a route, about the object `of` if its path names one, or about several in their order.

        `parts` are parameters of `stripe_event`.
        """
        handler = load_handler(route)
        named = [of] if isinstance(of, str) else of or ()
        path = dict(zip(_PARAMETER.findall(route.path), named, strict=False))
        if self.version is not None:
            parts["headers"] = {"Stripe-Version": self.version, **parts.get("headers", {})}
        reply = stripe_send(handler, route, params, path=path, merchant=self.name, kind=self.kind, **parts)
        assert _wrong_with(reply, for_page=self.kind == "publishable") == []
        return reply

    def post(self, route: Route, of: Of = None, *, key: str | None = None, **params: Any) -> StripeReply:
        """Send a body, with an idempotency key if one is given."""
        return self.ask(route, of, params, key=key)

    def get(self, route: Route, of: Of = None, **params: Any) -> StripeReply:
        """Send a query."""
        return self.ask(route, of, params)

    def create(self, *, key: str | None = None, **params: Any) -> StripeReply:
        """Create an intent of 10.00 USD, or as in `params`."""
        return self.post(CREATE_PAYMENT_INTENT, key=key, **{"amount": 10_00, "currency": "usd", **params})

    def opened(self, **params: Any) -> dict[str, Any]:
        """Create an intent that can be confirmed."""
        return done(self.create(**{"payment_method": VISA, **params}))

    def paid(self, **params: Any) -> dict[str, Any]:
        """Create an intent that is confirmed and captured at once."""
        return self.opened(confirm=True, **params)

    def held(self, **params: Any) -> dict[str, Any]:
        """Create an intent that is confirmed and awaits capture."""
        return self.opened(confirm=True, capture_method="manual", **params)

    def declined(self, **params: Any) -> dict[str, Any]:
        """Create an intent whose first attempt is declined."""
        reply = self.create(payment_method=DECLINED, confirm=True, **params)
        assert reply.status == 402, reply.text
        return reply.error["payment_intent"]

    def confirm(self, intent: str, *, key: str | None = None, **params: Any) -> StripeReply:
        """Confirm the intent."""
        return self.post(CONFIRM_PAYMENT_INTENT, intent, key=key, **params)

    def capture(self, intent: str, *, key: str | None = None, **params: Any) -> StripeReply:
        """Capture everything, or as in `params`."""
        return self.post(CAPTURE_PAYMENT_INTENT, intent, key=key, **params)

    def incremental(self, **params: Any) -> dict[str, Any]:
        """Create an intent that is confirmed, awaits capture, and asked for increments."""
        return self.held(
            payment_method_options={"card": {"request_incremental_authorization": "if_available"}}, **params
        )

    def increment(self, intent: str, amount: Any, *, key: str | None = None, **params: Any) -> StripeReply:
        """Hold this total."""
        return self.post(INCREMENT_AUTHORIZATION, intent, key=key, amount=amount, **params)

    def cancel(self, intent: str, *, key: str | None = None, **params: Any) -> StripeReply:
        """Cancel the intent."""
        return self.post(CANCEL_PAYMENT_INTENT, intent, key=key, **params)

    def refund(self, intent: str, *, key: str | None = None, **params: Any) -> StripeReply:
        """Refund everything, or as in `params`."""
        return self.post(CREATE_REFUND, key=key, payment_intent=intent, **params)

    def card(self, **params: Any) -> dict[str, Any]:
        """Create a payment method without a payment."""
        return done(self.post(CREATE_PAYMENT_METHOD, **{"type": "card", "card": TYPED, **params}))

    def token(self, **card: Any) -> str:
        """Create a token of a card, and return its ID."""
        return done(self.post(CREATE_TOKEN, card=TYPED | card))["id"]

    def endpoint(self, *, key: str | None = None, **params: Any) -> StripeReply:
        """Create a webhook endpoint for all events, or as in `params`."""
        return self.post(CREATE_WEBHOOK_ENDPOINT, key=key, **{"url": URL, "enabled_events": ["*"], **params})

    def shown(self, intent: str, **params: Any) -> dict[str, Any]:
        """Retrieve an intent."""
        return done(self.get(GET_PAYMENT_INTENT, intent, **params))


def done(reply: StripeReply) -> dict[str, Any]:
    """Return the object in a successful response."""
    assert reply.status == 200, reply.text
    return reply.json


def wrong(reply: StripeReply) -> tuple[int, str | None, str | None, str | None]:
    """Return the error of a request: status, type, code, parameter."""
    return reply.status, reply.error.get("type"), reply.error.get("code"), reply.error.get("param")


def missing(param: str) -> tuple[int, str, str, str]:
    """Return the error for an object that does not exist, or belongs to another merchant: in the path, or elsewhere."""
    return 404 if param in IN_PATH else 400, "invalid_request_error", "resource_missing", param


def told() -> list[StoredEvent]:
    """Enter what all existing payments moved, and store their events, as the stream's workers do within a second."""
    payments = [payment_from(item) for item in table_snapshot.items() if "operations" in item]
    enter_payments(payments)
    return webhook_records.keep(*payments)


def _wrong_with(reply: StripeReply, *, for_page: bool) -> list[str]:
    version = reply.headers["Stripe-Version"]
    if reply.status != 200:
        inside = reply.error.get("payment_intent") or reply.error.get("setup_intent")
        return faults(inside, class_of(inside["object"]), for_page=for_page, version=version) if inside else []
    body = reply.json
    if "object" not in body:  # of OAuth
        shape = stripe.OAuth.OAuthToken if "scope" in body else stripe.OAuth.OAuthDeauthorization
        return faults(body, shape, for_page=for_page, version=version)
    if body["object"] not in ("list", "search_result"):
        shape = class_of(body["object"])
        return [] if body.get("deleted") else faults(body, shape, for_page=for_page, version=version)
    known = {"object", "data", "has_more", "url"} | ({"next_page"} if body["object"] == "search_result" else set())
    assert set(body) - {"total_count"} == known
    return [fault for one in body["data"] for fault in faults(one, class_of(one["object"]), version=version)]
