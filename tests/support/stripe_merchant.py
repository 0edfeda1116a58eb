"""A shop that uses the Stripe-compatible API: the real handlers in this process, asked as the official SDK asks them.

    shop = Shop()
    intent = shop.paid(amount=10_00)                                  # {"id": "pi_…", "status": "succeeded", …}
    shop.post(CREATE_REFUND, payment_intent=intent["id"])             # → StripeReply

Every answer is held against the SDK's annotations, so that each test is a test of the shapes too.
"""

import importlib
import re
from dataclasses import dataclass
from typing import Any, Final

import stripe

from paysandbox.http.route import Route
from paysandbox.payments.items import payment_from
from paysandbox.stripe_api.routes import (
    CANCEL_PAYMENT_INTENT,
    CAPTURE_PAYMENT_INTENT,
    CONFIRM_PAYMENT_INTENT,
    CREATE_PAYMENT_INTENT,
    CREATE_PAYMENT_METHOD,
    CREATE_REFUND,
    CREATE_WEBHOOK_ENDPOINT,
    GET_PAYMENT_INTENT,
)
from tests.support import build, table_snapshot, webhook_records
from tests.support.stripe_call import StripeReply, stripe_send
from tests.support.stripe_shapes import faults

VISA: Final = "pm_card_visa"
DECLINED: Final = "pm_card_chargeDeclined"
TYPED: Final = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
URL: Final = "https://example.com/hooks"

UNEXPECTED_STATE: Final = "payment_intent_unexpected_state"

_SHAPES: Final = {
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "event": stripe.Event,
    "webhook_endpoint": stripe.WebhookEndpoint,
}
_PARAMETER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class StripeMerchant:
    """A merchant, by a key of its own. `kind`: secret, or publishable."""

    name: str = build.MERCHANT
    kind: str = "secret"

    def ask(self, route: Route, of: str | None = None, params: Any = None, **parts: Any) -> StripeReply:
        """Ask a route, about the object `of` where its path names one. `parts` are of `stripe_event`."""
        handler = importlib.import_module(f"{route.group}.{route.name}").handler
        path = {name: of for name in _PARAMETER.findall(route.path) if of is not None}
        reply = stripe_send(handler, route, params, path=path, merchant=self.name, kind=self.kind, **parts)
        assert _wrong_with(reply, for_page=self.kind == "publishable") == []
        return reply

    def post(self, route: Route, of: str | None = None, *, key: str | None = None, **params: Any) -> StripeReply:
        """Send a body, under an idempotency key if there is one."""
        return self.ask(route, of, params, key=key)

    def get(self, route: Route, of: str | None = None, **params: Any) -> StripeReply:
        """Ask by a query."""
        return self.ask(route, of, params)

    def create(self, *, key: str | None = None, **params: Any) -> StripeReply:
        """An intent of 10.00 USD, or what `params` say."""
        return self.post(CREATE_PAYMENT_INTENT, key=key, **{"amount": 10_00, "currency": "usd", **params})

    def opened(self, **params: Any) -> dict[str, Any]:
        """An intent that may be confirmed."""
        return done(self.create(**{"payment_method": VISA, **params}))

    def paid(self, **params: Any) -> dict[str, Any]:
        """An intent that was confirmed and captured at once."""
        return self.opened(confirm=True, **params)

    def held(self, **params: Any) -> dict[str, Any]:
        """An intent that was confirmed, and is to be captured."""
        return self.opened(confirm=True, capture_method="manual", **params)

    def declined(self, **params: Any) -> dict[str, Any]:
        """An intent whose first attempt was declined."""
        reply = self.create(payment_method=DECLINED, confirm=True, **params)
        assert reply.status == 402, reply.text
        return reply.error["payment_intent"]

    def confirm(self, intent: str, *, key: str | None = None, **params: Any) -> StripeReply:
        """Ask the bank."""
        return self.post(CONFIRM_PAYMENT_INTENT, intent, key=key, **params)

    def capture(self, intent: str, *, key: str | None = None, **params: Any) -> StripeReply:
        """Take all, or what `params` say."""
        return self.post(CAPTURE_PAYMENT_INTENT, intent, key=key, **params)

    def cancel(self, intent: str, *, key: str | None = None, **params: Any) -> StripeReply:
        """Give up."""
        return self.post(CANCEL_PAYMENT_INTENT, intent, key=key, **params)

    def refund(self, intent: str, *, key: str | None = None, **params: Any) -> StripeReply:
        """Give back all, or what `params` say."""
        return self.post(CREATE_REFUND, key=key, payment_intent=intent, **params)

    def card(self, **params: Any) -> dict[str, Any]:
        """A payment method that is made by itself."""
        return done(self.post(CREATE_PAYMENT_METHOD, **{"type": "card", "card": TYPED, **params}))

    def endpoint(self, *, key: str | None = None, **params: Any) -> StripeReply:
        """A webhook endpoint that hears everything, or what `params` say."""
        return self.post(CREATE_WEBHOOK_ENDPOINT, key=key, **{"url": URL, "enabled_events": ["*"], **params})

    def shown(self, intent: str, **params: Any) -> dict[str, Any]:
        """An intent as it stands."""
        return done(self.get(GET_PAYMENT_INTENT, intent, **params))


def done(reply: StripeReply) -> dict[str, Any]:
    """The object that was answered."""
    assert reply.status == 200, reply.text
    return reply.json


def wrong(reply: StripeReply) -> tuple[int, str | None, str | None, str | None]:
    """How a request was refused: status, type, code, parameter."""
    return reply.status, reply.error.get("type"), reply.error.get("code"), reply.error.get("param")


def missing(param: str) -> tuple[int, str, str, str]:
    """How whatever is not there, or another merchant's, is refused."""
    return 404, "invalid_request_error", "resource_missing", param


def told() -> None:
    """Keep the events of all payments that there are, as the planner does within a second."""
    webhook_records.keep(*[payment_from(item) for item in table_snapshot.items() if "operations" in item])


def _wrong_with(reply: StripeReply, *, for_page: bool) -> list[str]:
    if reply.status != 200:
        inside = reply.error.get("payment_intent")
        return faults(inside, stripe.PaymentIntent, for_page=for_page) if inside else []
    body = reply.json
    if body["object"] != "list":
        return [] if body.get("deleted") else faults(body, _SHAPES[body["object"]], for_page=for_page)
    assert set(body) == {"object", "data", "has_more", "url"}
    return [fault for one in body["data"] for fault in faults(one, _SHAPES[one["object"]])]
