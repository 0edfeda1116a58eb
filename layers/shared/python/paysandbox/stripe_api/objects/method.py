"""Stripe's PaymentMethod: a card, created by itself or named by an operation of a payment."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Final

from paysandbox.core.cards.brand import Brand
from paysandbox.core.record import record, replace
from paysandbox.http.answer import Body
from paysandbox.payments.bank.card import Card
from paysandbox.payments.bank.response import Check, Checks
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.payment import AuthorizationBegun, Operation, Payment, Step
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.ids import method_id
from paysandbox.stripe_api.objects.future_usage import saves_for
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot, snapshot_of

FUNDING: Final = "credit"
COUNTRY: Final = "US"
"""The same for every card: the stored data of a number does not include it."""

NOTHING: Final[Mapping[str, Any]] = {}

_NETWORK_OF: Final = {Brand.MAESTRO: "mastercard"}
_FINGERPRINT_LENGTH: Final = 16


@record(kw_only=True)
class NamedMethod:
    """A card with an ID (`pm_…`), and when it was created or first named.

    `checks` are the bank's results for its data, once it was sent to a bank.
    """

    id: str
    method: Method
    created_at: datetime
    metadata: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    billing_details: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)
    checks: Checks | None = None


def render_method(shown: NamedMethod) -> Body:
    """Render a PaymentMethod."""
    card, checks = shown.method.card, shown.checks
    return {
        "id": shown.id,
        "object": "payment_method",
        "allow_redisplay": shown.method.allow_redisplay or "unspecified",
        "billing_details": billing_details(shown.billing_details),
        "card": {
            **card_fields(card),
            "checks": check_results(checks) if checks else unchecked_results(shown.method),
            "display_brand": brand_name(card.brand),
            "generated_from": None,
            "networks": {"available": [brand_name(card.brand)], "preferred": None},
            "three_d_secure_usage": {"supported": card.brand is not Brand.AMEX},
        },
        "created": int(shown.created_at.timestamp()),
        "customer": shown.method.customer,
        "customer_account": None,
        "livemode": False,
        "metadata": dict(shown.metadata),
        "type": "card",
    }


def card_fields(card: Card) -> Body:
    """Return the fields of a card that every object with a card has."""
    return {
        "brand": brand_name(card.brand),
        "country": COUNTRY,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "fingerprint": card.card_id.partition("_")[2][:_FINGERPRINT_LENGTH],
        "funding": FUNDING,
        "last4": card.last4,
        "regulated_status": "unregulated",
        "wallet": None,
    }


def brand_name(brand: Brand) -> str:
    """Return the brand as Stripe names it: a Maestro card is a Mastercard."""
    return _NETWORK_OF.get(brand, str(brand))


def check_results(checks: Checks) -> Body:
    """Return the bank's results for the card's data. Data that was not sent is null."""
    return {
        "address_line1_check": _result(checks.line1),
        "address_postal_code_check": _result(checks.zip),
        "cvc_check": _result(checks.cvc),
    }


def billing_details(stored: Mapping[str, Any] = NOTHING) -> Body:
    """Return billing details with all their fields."""
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    empty: Body = {"address": address, "email": None, "name": None, "phone": None, "tax_id": None}
    return empty | dict(stored) | {"address": address | dict(stored.get("address") or {})}


def methods(snapshot: PaymentSnapshot) -> Iterator[tuple[Operation, NamedMethod | None]]:
    """Yield the payment's card after each operation; for an attempt, the card that was tried.

    A card that failed is not tried again unless it is named again, or challenged in the same write as it was declined.
    """
    named: NamedMethod | None = None
    declined: tuple[str, NamedMethod] | None = None
    for step in snapshot.steps:
        operation = step.operation
        match operation:
            case IntentCreated() | IntentUpdated():
                before = step.before.terms.method if step.before.terms else None
                requested = operation.terms.method
                if requested != before:
                    named = _named(operation, requested) if requested else None
                yield operation, named
            case Authorization() | AuthorizationBegun():
                if isinstance(operation, AuthorizationBegun) and declined and declined[0] == operation.request_id:
                    named = declined[1]
                if named is None or (named.method.card, named.method.id) != (operation.card, operation.method_id):
                    own = Method(operation.card, id=operation.method_id, allow_redisplay=operation.allow_redisplay)
                    named = _named(operation, own)
                named = replace(named, billing_details=_details(operation.billing_details))
                if isinstance(operation, Authorization):
                    named = replace(named, checks=operation.response.checks)
                    named = _saved(named, step)
                yield operation, named
                if step.after.decline and step.after.attempt is None:
                    named, declined = None, (operation.request_id, named)
            case Authentication(failed=True):
                yield operation, named
                named = None
            case _:
                yield operation, named


def method_now(snapshot: PaymentSnapshot) -> NamedMethod | None:
    """Return the card that the payment was or will be paid with."""
    operation, named = tuple(methods(snapshot))[-1]
    failed = snapshot.failure
    return None if failed and failed.id == operation.id else named


def method_at(snapshot: PaymentSnapshot, attempt: Authorization | Authentication) -> NamedMethod:
    """Return the card of an attempt, or the one that was to be authenticated."""
    named = next((named for operation, named in methods(snapshot) if operation.id == attempt.id), None)
    if named is None:
        raise AssertionError(f"{attempt.id} has no card")
    return named


def method_of_payment(payment: Payment, method: str) -> NamedMethod | None:
    """Return the card of a payment under this ID (`pm_…`) as of now, or None if it has no such card."""
    cards = [named for _, named in methods(snapshot_of(payment)) if named is not None and named.id == method]
    return cards[-1] if cards else None


def _saved(named: NamedMethod, step: Step) -> NamedMethod:
    """Return a card after an attempt: the customer's, if it was approved and is to be saved."""
    customer = saves_for(step.after.terms) if step.after.terms and not step.after.decline else None
    return replace(named, method=replace(named.method, customer=customer)) if customer else named


def _named(by: Operation, method: Method) -> NamedMethod:
    details = _details(method.billing_details)
    return NamedMethod(id=method.id or method_id(by.id), method=method, created_at=by.at, billing_details=details)


def _details(stored: str | None) -> Mapping[str, Any]:
    return json.loads(stored) if stored else NOTHING


def _result(check: Check) -> str | None:
    return None if check is Check.UNCHECKED else str(check)


def unchecked_results(method: Method) -> Body:
    """Return the checks of a card that was not sent to a bank yet: unchecked for all data that was sent."""
    fields = {"address_line1_check": "line1", "address_postal_code_check": "zip", "cvc_check": "cvc"}
    return {field: str(Check.UNCHECKED) if part in method.given else None for field, part in fields.items()}
