"""The operations behind Stripe's events, performed over the Stripe-compatible API with Stripe's own SDK."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from cli.connection.api import fresh_idempotency_key
from cli.connection.stripe_client import whole_client
from cli.terminal.failure import Failure
from cli.webhooks.event_types import STRIPE_EVENTS

APPROVED: Final = "pm_card_visa"
DECLINED: Final = "pm_card_chargeDeclined"
CHALLENGED: Final = "pm_card_authenticationRequired"
_PENDING: Final = "pending:3600:approve"
# Where timers are not punctual, what falls due happens with the next sweep, which may be a minute away.
_LISTED_WITHIN_S: Final = 90.0
_PAUSE_S: Final = 0.2
_PAGE: Final = 100
_METADATA: Final = {"metadata": {"trigger": "paysandbox"}}
_EVIDENCE: Final = {"evidence": {"uncategorized_text": "Sent by paysandbox trigger."}}


@dataclass
class StripeShop:
    """A client's `v1` services, the terms of the payment, and the operations so far: name and object ID of each.

    `simulate` makes an action happen to an object, by its ID, over the native API.
    """

    services: Any
    terms: Mapping[str, Any]
    simulate: Callable[[str, str], object]
    done: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    intent: str = ""
    charge: str = ""
    refund: str = ""
    dispute: str = ""


@contextmanager
def stripe_shop(
    base_url: str, api_key: str | None, overrides: Mapping[str, Any], simulate: Callable[[str, str], object]
) -> Iterator[StripeShop]:
    """Yield a shop for a merchant's API key. A refusal of the API in the block raises Failure."""
    terms = {"amount": 10_00, "currency": "usd", **overrides}
    with refusing_client(base_url, api_key) as client:
        yield StripeShop(client.v1, terms, simulate)


@contextmanager
def refusing_client(base_url: str, api_key: str | None) -> Iterator[Any]:
    """Yield a client of the API. A refusal of the API in the block raises Failure."""
    import stripe

    if api_key is None:
        raise AssertionError("a caller has an API key")
    try:
        with whole_client(base_url, api_key) as client:
            yield client
    except stripe.CardError as declined:
        raise Failure(
            f"The payment was declined, so the event was not triggered: {declined.user_message}",
            "To see how each test card behaves: paysandbox cards",
        ) from None
    except stripe.StripeError as error:
        raise Failure(f"The Stripe-compatible API refused: {error.user_message or error}") from None


def perform(shop: StripeShop, event: str) -> None:
    """Perform the operations behind an event of Stripe's, as far as they do not depend on the clock."""
    for name in STRIPE_EVENTS[event]:
        if name in _OPERATIONS:
            _OPERATIONS[name](shop)


def listed_event(
    services: Any, event: str, object_id: str, pause: Callable[[float], None], *, account: str | None = None
) -> str:
    """Return the ID of the event of this type about an object, or about a part of a payment intent, once the API lists
    it, for a connected account if one is named. Raises Failure after 90 seconds."""
    options = {"stripe_account": account} if account else {}
    deadline = time.monotonic() + _LISTED_WITHIN_S
    while True:
        for listed in services.events.list({"type": event, "limit": _PAGE}, options).data:
            about = listed.data.object
            if object_id in (about.id, getattr(about, "payment_intent", None)):
                return str(listed.id)
        if time.monotonic() > deadline:
            raise Failure(
                f"{event} of {object_id} was not listed within {_LISTED_WITHIN_S:.0f} seconds.",
                "To see what is waiting: paysandbox status",
            )
        pause(_PAUSE_S)


def create(shop: StripeShop) -> None:
    """Create an intent without a card."""
    _opened(shop, "create")


def _pay(shop: StripeShop) -> None:
    _opened(shop, "pay", **_card(shop, APPROVED), confirm=True)


def _hold(shop: StripeShop) -> None:
    _opened(shop, "hold", **_card(shop, APPROVED), confirm=True, capture_method="manual")


def _decline(shop: StripeShop) -> None:
    import stripe

    try:
        _opened(shop, "decline", **_card(shop, DECLINED), confirm=True)
    except stripe.CardError as declined:
        intent = declined.error.payment_intent if declined.error else None
        if intent is None:
            raise
        shop.intent = intent.id
        shop.done.append(("decline", intent.id))
        return
    raise Failure(
        "The payment was approved, so it was not declined.",
        f"The payment is {shop.intent}. To see how each test card behaves: paysandbox cards",
    )


def _capture(shop: StripeShop) -> None:
    shop.services.payment_intents.capture(shop.intent, {}, once())
    shop.done.append(("capture", shop.intent))


def _cancel(shop: StripeShop) -> None:
    shop.services.payment_intents.cancel(shop.intent, {}, once())
    shop.done.append(("cancel", shop.intent))


def _refund(shop: StripeShop) -> None:
    shop.refund = shop.services.refunds.create({"payment_intent": shop.intent}, once()).id
    shop.done.append(("refund", shop.refund))


def _update_charge(shop: StripeShop) -> None:
    shop.services.charges.update(shop.charge, _METADATA, once())
    shop.done.append(("update_charge", shop.charge))


def _update_refund(shop: StripeShop) -> None:
    shop.services.refunds.update(shop.refund, _METADATA, once())
    shop.done.append(("update_refund", shop.refund))


def _challenge(shop: StripeShop) -> None:
    _opened(shop, "challenge", **_card(shop, CHALLENGED), confirm=True)


def _pend(shop: StripeShop) -> None:
    metadata = {**shop.terms.get("metadata", {}), "sandbox_outcome": _PENDING}
    _opened(shop, "pend", **_card(shop, APPROVED), confirm=True, metadata=metadata)


def _fail_refund(shop: StripeShop) -> None:
    shop.simulate(shop.refund, "fail")
    shop.done.append(("fail_refund", shop.refund))


def _warn(shop: StripeShop) -> None:
    shop.simulate(shop.intent, "fraud_warning")
    shop.done.append(("warn", shop.intent))


def _dispute(shop: StripeShop) -> None:
    shop.simulate(shop.intent, "dispute")
    shop.dispute = shop.services.disputes.list({"payment_intent": shop.intent}).data[0].id
    shop.done.append(("dispute", shop.dispute))


def _submit_evidence(shop: StripeShop) -> None:
    shop.services.disputes.update(shop.dispute, _EVIDENCE, once())
    shop.done.append(("submit_evidence", shop.dispute))


def _close_dispute(shop: StripeShop) -> None:
    shop.services.disputes.close(shop.dispute, {}, once())
    shop.done.append(("close_dispute", shop.dispute))


def _win_dispute(shop: StripeShop) -> None:
    shop.simulate(shop.dispute, "win")
    shop.done.append(("win_dispute", shop.dispute))


_OPERATIONS: Final[Mapping[str, Callable[[StripeShop], None]]] = {
    "create": create,
    "pay": _pay,
    "hold": _hold,
    "decline": _decline,
    "capture": _capture,
    "cancel": _cancel,
    "refund": _refund,
    "update_charge": _update_charge,
    "update_refund": _update_refund,
    "challenge": _challenge,
    "pend": _pend,
    "fail_refund": _fail_refund,
    "warn": _warn,
    "dispute": _dispute,
    "submit_evidence": _submit_evidence,
    "close_dispute": _close_dispute,
    "win_dispute": _win_dispute,
}


def _opened(shop: StripeShop, name: str, **params: Any) -> None:
    terms = {key: value for key, value in shop.terms.items() if key != "card"}
    intent = shop.services.payment_intents.create(terms | params, once())
    shop.intent, shop.charge = intent.id, str(intent.latest_charge or "")
    shop.done.append((name, intent.id))


def _card(shop: StripeShop, otherwise: str) -> dict[str, Any]:
    number = shop.terms.get("card")
    if number is None:
        return {"payment_method": otherwise}
    card = {"number": number, "exp_month": 12, "exp_year": 2040}
    return {"payment_method_data": {"type": "card", "card": card}}


def once() -> dict[str, str]:
    """Return the options of a request with a new idempotency key."""
    return {"idempotency_key": fresh_idempotency_key()}
