"""What `paysandbox verify` checks of the Stripe-compatible API: an intent's life, as Stripe's clients live it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cli.verification import ABSENT, PRESENT, Ask, Chapter, Check, Expect, KeyAsk, KeyOfRun, Of, Suite
from paysandbox.routes.payments import LIST_PAYMENTS
from paysandbox.routes.route import Api, Route
from paysandbox.routes.stripe_api import (
    CANCEL_PAYMENT_INTENT,
    CAPTURE_PAYMENT_INTENT,
    CONFIRM_PAYMENT_INTENT,
    CREATE_PAYMENT_INTENT,
    CREATE_PAYMENT_METHOD,
    CREATE_REFUND,
    CREATE_WEBHOOK_ENDPOINT,
    DELETE_WEBHOOK_ENDPOINT,
    GET_CHARGE,
    GET_PAYMENT_INTENT,
    GET_PAYMENT_METHOD,
    GET_REFUND,
    GET_STRIPE_EVENT,
    GET_WEBHOOK_ENDPOINT,
    LIST_CHARGES,
    LIST_PAYMENT_INTENTS,
    LIST_REFUNDS,
    LIST_STRIPE_EVENTS,
    LIST_WEBHOOK_ENDPOINTS,
    UPDATE_PAYMENT_INTENT,
    UPDATE_WEBHOOK_ENDPOINT,
)

# As in the native suite: how long AWS takes to spread a key or its end, and how often a new one must have worked; an
# index follows its table, and an event goes from the ledger's stream to its table.
_SPREAD_S: Final = 90.0
_SPREAD_TIMES: Final = 5
_INDEXED_S: Final = 10.0
_PUBLISHED_S: Final = 60.0

INTENT: Final = Of("intent", "id")
GIVEN_UP: Final = Of("intent to give up", "id")
METHOD: Final = Of("method", "id")
CHARGE: Final = Of("captured intent", "latest_charge.id")
REFUND: Final = Of("money back", "id")
EVENT: Final = Of("Stripe events", "data.0.id")
ENDPOINT: Final = Of("Stripe endpoint", "id")

_CART: Final = {"amount": 20_00, "currency": "usd", "capture_method": "manual", "metadata[order]": "6735"}
# No name ever leads there (RFC 6761), so nobody is called by this.
_RECEIVER: Final = {"url": "https://verify.invalid/stripe", "enabled_events[]": "charge.refunded"}


def _get(route: Route, of: Of | None = None, /, **query: Any) -> Ask:
    """`of` is the object that the path names."""
    return Ask(route.method, route.path, _named(route, of), query, api=Api.V1)


def _post(route: Route, key: str, form: Mapping[str, Any], of: Of | None = None) -> Ask:
    headers = {"Idempotency-Key": KeyOfRun(key)}
    return Ask(route.method, route.path, _named(route, of), headers=headers, form=form, api=Api.V1)


def _named(route: Route, of: Of | None) -> dict[str, Of]:
    return {} if of is None else {route.path.partition("{")[2].partition("}")[0]: of}


def _refused(status: int, kind: str, **error: str) -> Expect:
    return Expect(status, {"error.type": kind, **{f"error.{name}": value for name, value in error.items()}})


_CLIENTS: Final = Chapter("Stripe's clients", (
    Check("a key is made for them", KeyAsk.MAKE),
    Check("it works, and its merchant has no intents",
          Ask("GET", LIST_PAYMENT_INTENTS.path, headers={"Connection": "close"}, api=Api.V1),
          Expect(200, {"data.#": 0}, within_s=_SPREAD_S, in_a_row=_SPREAD_TIMES)),
    Check("an intent is made", _post(CREATE_PAYMENT_INTENT, "cart 0", {"amount": 5_00, "currency": "eur"}),
          Expect(200, {"status": "requires_payment_method", "id": PRESENT}), keep="intent to give up"),
    Check("it is given up", _post(CANCEL_PAYMENT_INTENT, "give up 0", {}, GIVEN_UP),
          Expect(200, {"object": "payment_intent", "status": "canceled", "amount_capturable": 0})),
    Check("another is made, with what is said of it", _post(CREATE_PAYMENT_INTENT, "cart 1", _CART),
          Expect(200, {"object": "payment_intent", "amount": 20_00, "currency": "usd", "livemode": False,
                       "status": "requires_payment_method", "metadata.order": "6735", "id": PRESENT},
                 {"Idempotent-Replayed": ABSENT, "Request-Id": PRESENT}), keep="intent"),
    Check("the same key and parameters get the same bytes", _post(CREATE_PAYMENT_INTENT, "cart 1", _CART),
          Expect(200, headers={"Idempotent-Replayed": "true"}, same_as="intent")),
    Check("the same key with other parameters is refused",
          _post(CREATE_PAYMENT_INTENT, "cart 1", {**_CART, "amount": 20_01}), _refused(400, "idempotency_error")),
    Check("a parameter that is not simulated is refused by name",
          _post(CREATE_PAYMENT_INTENT, "cart 2", {**_CART, "customer": "cus_1"}),
          _refused(400, "invalid_request_error", code="parameter_unknown", param="customer")),
    Check("its amount is changed", _post(UPDATE_PAYMENT_INTENT, "cart 3", {"amount": 25_00}, INTENT),
          Expect(200, {"amount": 25_00, "status": "requires_payment_method"})),
    Check("a decline is an error of the card, and leaves it open",
          _post(CONFIRM_PAYMENT_INTENT, "pay 1", {"payment_method": "pm_card_chargeDeclinedInsufficientFunds"}, INTENT),
          _refused(402, "card_error", code="card_declined", decline_code="insufficient_funds",
                   **{"payment_intent.status": "requires_payment_method"})),
    Check("a payment method is made by itself",
          _post(CREATE_PAYMENT_METHOD, "card 1", {"type": "card", "card[token]": "tok_visa"}),
          Expect(200, {"object": "payment_method", "card.last4": "4242", "id": PRESENT}), keep="method"),
    Check("it is found", _get(GET_PAYMENT_METHOD, METHOD), Expect(200, {"id": METHOD, "card.brand": "visa"})),
    Check("with it the intent is confirmed", _post(CONFIRM_PAYMENT_INTENT, "pay 2", {"payment_method": METHOD}, INTENT),
          Expect(200, {"status": "requires_capture", "amount_capturable": 25_00, "payment_method": METHOD})),
    Check("a part is captured, and the rest given back",
          _post(CAPTURE_PAYMENT_INTENT, "ship 1", {"amount_to_capture": 10_00}, INTENT),
          Expect(200, {"status": "succeeded", "amount_received": 10_00, "amount_capturable": 0})),
    Check("its charge is shown within it", _get(GET_PAYMENT_INTENT, INTENT, **{"expand[]": "latest_charge"}),
          Expect(200, {"latest_charge.object": "charge", "latest_charge.amount_captured": 10_00,
                       "latest_charge.payment_intent": INTENT}), keep="captured intent"),
    Check("and by itself", _get(GET_CHARGE, CHARGE),
          Expect(200, {"id": CHARGE, "amount": 25_00, "captured": True, "payment_intent": INTENT})),
    Check("a part is given back by the intent",
          _post(CREATE_REFUND, "return 1", {"payment_intent": INTENT, "amount": 4_00}),
          Expect(200, {"object": "refund", "amount": 4_00, "status": "succeeded", "charge": CHARGE}),
          keep="money back"),
    Check("more than was captured is not",
          _post(CREATE_REFUND, "return 2", {"payment_intent": INTENT, "amount": 6_01}),
          _refused(400, "invalid_request_error")),
    Check("the refund is found", _get(GET_REFUND, REFUND), Expect(200, {"id": REFUND, "payment_intent": INTENT})),
    Check("the list of intents begins with the newest", _get(LIST_PAYMENT_INTENTS, limit=1),
          Expect(200, {"object": "list", "data.#": 1, "data.0.id": INTENT, "has_more": True}, within_s=_INDEXED_S)),
    Check("it goes on behind that", _get(LIST_PAYMENT_INTENTS, limit=1, starting_after=INTENT),
          Expect(200, {"data.0.id": GIVEN_UP}, within_s=_INDEXED_S)),
    Check("an intent's charges are listed", _get(LIST_CHARGES, payment_intent=INTENT),
          Expect(200, {"data.#": 2, "data.0.id": CHARGE, "data.1.status": "failed"})),
    Check("its refunds are listed", _get(LIST_REFUNDS, payment_intent=INTENT),
          Expect(200, {"data.#": 1, "data.0.id": REFUND})),
    Check("an event tells of the refund", _get(LIST_STRIPE_EVENTS, type="refund.created", limit=1),
          Expect(200, {"data.0.object": "event", "data.0.data.object.id": REFUND}, within_s=_PUBLISHED_S),
          keep="Stripe events"),
    Check("that event is found", _get(GET_STRIPE_EVENT, EVENT), Expect(200, {"id": EVENT, "type": "refund.created"})),
    Check("the payment is one of the sandbox's own", Ask("GET", LIST_PAYMENTS.path, query={"limit": 1}),
          Expect(200, {"data.0.captured": 10_00, "data.0.refunded": 4_00}), keep="own"),
    Check("an endpoint for Stripe's events is made", _post(CREATE_WEBHOOK_ENDPOINT, "endpoint 1", _RECEIVER),
          Expect(200, {"object": "webhook_endpoint", "status": "enabled", "id": PRESENT}), keep="Stripe endpoint"),
    Check("that endpoint is found", _get(GET_WEBHOOK_ENDPOINT, ENDPOINT),
          Expect(200, {"id": ENDPOINT, "enabled_events.0": "charge.refunded"})),
    Check("it is listed there", _get(LIST_WEBHOOK_ENDPOINTS), Expect(200, {"data.#": 1, "data.0.id": ENDPOINT})),
    Check("it is switched off", _post(UPDATE_WEBHOOK_ENDPOINT, "endpoint 2", {"disabled": "true"}, ENDPOINT),
          Expect(200, {"id": ENDPOINT, "status": "disabled"})),
    Check("it is removed", _get(DELETE_WEBHOOK_ENDPOINT, ENDPOINT), Expect(200, {"id": ENDPOINT, "deleted": True})),
    Check("a resource that is not simulated leads to the page of those that are",
          Ask("GET", "/customers", api=Api.V1), Expect(404, contains=("stripe-coverage.md",))),
    Check("without a key nobody gets in there", Ask("GET", LIST_PAYMENT_INTENTS.path, with_key=False, api=Api.V1),
          _refused(401, "invalid_request_error")),
    Check("their key is revoked", KeyAsk.REVOKE),
    Check("it is no key of theirs any more", Ask("GET", LIST_PAYMENT_INTENTS.path, api=Api.V1),
          Expect(401, {"error.type": "invalid_request_error"}, within_s=_SPREAD_S)),
))  # fmt: skip

STRIPE_SUITE: Final = Suite("stripe", (_CLIENTS,))
