"""Stripe's PaymentMethod: a card, made by itself or named by an operation of a payment."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from paysandbox.core.brand import Brand
from paysandbox.http.answer import Body
from paysandbox.payments.card import Card
from paysandbox.payments.operation import Authorization, IntentCreated, IntentUpdated, Method, Operation
from paysandbox.payments.payment import Payment
from paysandbox.payments.response import Check, Checks
from paysandbox.stripe_api.ids import method_id
from paysandbox.stripe_api.payment_snapshot import PaymentSnapshot, snapshot_of

FUNDING: Final = "credit"
COUNTRY: Final = "US"
"""What is said of every card: of its number nothing is kept that would tell more."""

_NETWORK_OF: Final = {Brand.MAESTRO: "mastercard"}
_FINGERPRINT_LENGTH: Final = 16


class ShownMethod(Protocol):
    """A payment method wherever it is kept. `metadata` is the caller's map as JSON."""

    @property
    def id(self) -> str:
        """Its id (`pm_…`)."""
        ...

    @property
    def method(self) -> Method:
        """The card, and which data came with it."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it was made, or first named."""
        ...

    @property
    def metadata(self) -> str | None:
        """What is said of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedMethod:
    """The card of a payment. `checks` are what a bank found of its data, once it was asked."""

    id: str
    method: Method
    created_at: datetime
    metadata: str | None = None
    checks: Checks | None = None


def render_method(kept: ShownMethod) -> Body:
    """The PaymentMethod."""
    card = kept.method.card
    checks = kept.checks if isinstance(kept, NamedMethod) else None
    return {
        "id": kept.id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": nobody(),
        "card": {
            **card_facts(card),
            "checks": checked(checks) if checks else _unchecked(kept.method),
            "display_brand": brand_name(card.brand),
            "generated_from": None,
            "networks": {"available": [brand_name(card.brand)], "preferred": None},
            "three_d_secure_usage": {"supported": card.brand is not Brand.AMEX},
        },
        "created": int(kept.created_at.timestamp()),
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": json.loads(kept.metadata) if kept.metadata else {},
        "type": "card",
    }


def card_facts(card: Card) -> Body:
    """What a card is wherever it is shown."""
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
    """The brand as Stripe names it: a Maestro card is one of Mastercard's."""
    return _NETWORK_OF.get(brand, str(brand))


def checked(checks: Checks) -> Body:
    """What the bank found. What was not given is null."""
    return {
        "address_line1_check": _found(checks.line1),
        "address_postal_code_check": _found(checks.zip),
        "cvc_check": _found(checks.cvc),
    }


def nobody() -> Body:
    """Billing details: who pays is not kept."""
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": address, "email": None, "name": None, "phone": None, "tax_id": None}


def methods(snapshot: PaymentSnapshot) -> Iterator[tuple[Operation, NamedMethod | None]]:
    """After each operation, the card that the payment is to be paid with; at an attempt, what was tried.

    A card that was declined is not tried again by itself.
    """
    named: NamedMethod | None = None
    for step in snapshot.steps:
        operation = step.operation
        match operation:
            case IntentCreated() | IntentUpdated():
                before = step.before.terms.method if step.before.terms else None
                asked = operation.terms.method
                if asked != before:
                    named = _named(operation, asked) if asked else None
                yield operation, named
            case Authorization():
                if named is None or (named.method.card, named.method.id) != (operation.card, operation.method_id):
                    named = _named(operation, Method(operation.card, id=operation.method_id))
                named = replace(named, checks=operation.response.checks)
                yield operation, named
                named = None if operation.decline else named
            case _:
                yield operation, named


def method_now(snapshot: PaymentSnapshot) -> NamedMethod | None:
    """The card that the payment is to be paid with, or is."""
    operation, named = tuple(methods(snapshot))[-1]
    return None if isinstance(operation, Authorization) and operation.decline else named


def method_at(snapshot: PaymentSnapshot, attempt: Authorization) -> NamedMethod:
    """The card that an attempt was made with."""
    named = next((named for operation, named in methods(snapshot) if operation.id == attempt.id), None)
    if named is None:
        raise AssertionError(f"{attempt.id} was made with no card")
    return named


def method_of_payment(payment: Payment, method: str) -> NamedMethod | None:
    """The card of a payment that has this id (`pm_…`) there, as it stands now; None where it has none of that id."""
    found = [named for _, named in methods(snapshot_of(payment)) if named is not None and named.id == method]
    return found[-1] if found else None


def _named(by: Operation, method: Method) -> NamedMethod:
    return NamedMethod(id=method.id or method_id(by.id), method=method, created_at=by.at)


def _found(check: Check) -> str | None:
    return None if check is Check.UNCHECKED else str(check)


def _unchecked(method: Method) -> Body:
    """Before a bank was asked: what was given is still to be compared."""
    fields = {"address_line1_check": "line1", "address_postal_code_check": "zip", "cvc_check": "cvc"}
    return {field: str(Check.UNCHECKED) if part in method.given else None for field, part in fields.items()}
