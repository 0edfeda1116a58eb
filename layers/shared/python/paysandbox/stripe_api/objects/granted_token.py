"""Stripe's SharedPaymentGrantedToken: a payment method that an agent shares with a merchant, within limits.

Source: Stripe, "Shared Payment Granted Token" (API reference, version 2026-04-22.preview). Nobody has issued those of a
test, so they have no agent and no risk. Amounts are in Stripe's units, times in Unix seconds.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from paysandbox.core.record import replace
from paysandbox.http.answer import Body
from paysandbox.stripe_api.objects.method import render_method
from paysandbox.stripe_api.objects.stored_method import shown_method
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject

GRANTED_TOKEN: Final = "shared_payment.granted_token"  # noqa: S105 - Stripe's name of the object
NOUN: Final = "shared_payment_token"
"""The word of Stripe's errors."""

LIMITS: Final = "usage_limits"
CAPTURED: Final = "captured"
"""What payments have taken of the token, in the unit of its limit."""

OF_METHOD: Final = ("card", "given", "billing_details")
"""What a token has of its payment method, stored as a payment method has it."""

CONSUMED: Final = "consumed"
EXPIRED: Final = "expired"
REVOKED: Final = "revoked"

_AT: Final = "deactivated_at"
_REASON: Final = "deactivated_reason"
_OF_CARD: Final = ("brand", "checks", "country", "display_brand", "exp_month", "exp_year", "fingerprint", "funding")


def granted_token_fields(token: StoredObject) -> Body:
    """Return what a stored token has beside its ID and its creation."""
    attributes, limits = token.attributes, limits_of(token)
    method = render_method(shown_method(token))
    card = {name: method["card"][name] for name in (*_OF_CARD, "last4", "networks", "wallet")}
    return {
        "agent_details": None,
        _AT: attributes.get(_AT),
        _REASON: attributes.get(_REASON),
        "payment_method_details": {"type": "card", "billing_details": method["billing_details"], "card": card},
        "risk_details": None,
        "shared_metadata": attributes.get("shared_metadata", {}),
        "usage_details": {"amount_captured": {"currency": limits["currency"], "value": captured_of(token)}},
        LIMITS: {"expires_at": None, "recurring_interval": None, **limits},
    }


def limits_of(token: StoredObject) -> Mapping[str, Any]:
    """Return the limits of a token: `currency`, `max_amount`, and `expires_at` if it has one."""
    return token.attributes[LIMITS]


def captured_of(token: StoredObject) -> int:
    """Return what payments have taken of a token."""
    return token.attributes.get(CAPTURED, 0)


def is_deactivated(token: StoredObject) -> bool:
    """Whether a token can no longer be used."""
    return _REASON in token.attributes


def expires_at(token: StoredObject) -> datetime | None:
    """Return from when on a token can no longer be used, or None for never."""
    at: int | None = limits_of(token).get("expires_at")
    return None if at is None else datetime.fromtimestamp(at, UTC)


def deactivated(attributes: Attributes, reason: str, at: datetime) -> Attributes:
    """Return the attributes of a token that can no longer be used from a time on."""
    return {**attributes, _AT: int(at.timestamp()), _REASON: reason}


def taken(attributes: Attributes, amount: int, at: datetime) -> Attributes:
    """Return the attributes of a token of which a payment has taken an amount. One without a rest is deactivated."""
    captured = attributes.get(CAPTURED, 0) + amount
    after = {**attributes, CAPTURED: captured}
    return deactivated(after, CONSUMED, at) if captured >= attributes[LIMITS]["max_amount"] else after


def token_at(token: StoredObject, now: datetime) -> StoredObject:
    """Return a token as of a time: it may have expired."""
    at = expires_at(token)
    if at is None or at > now or is_deactivated(token):
        return token
    return replace(token, attributes=deactivated(token.attributes, EXPIRED, at))


def events_of(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    """Return the events of a write: a payment has used the token, it can no longer be used. Its creation has none."""
    if before is None:
        return ()
    used = ("used",) if captured_of(after) > captured_of(before) else ()
    return (*used, "deactivated") if is_deactivated(after) and not is_deactivated(before) else used
