# pyright: standard
"""Parse Stripe's events and objects into observations of donations.

Only the fields that are used are read and validated, since Stripe adds fields at any time ("API upgrades").
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, cast

from paysandbox.core.record import record
from paysandbox.core.stripe_amounts import from_stripe
from paysandbox.donations.donation import Observation

DONATION_ID: Final = "donation_id"
"""Key in the metadata of a PaymentIntent, which Stripe copies to its charges."""

_Object = Mapping[str, Any]


@record(kw_only=True)
class StripeEvent:
    """A Stripe event: its id, its type, and a snapshot of its object."""

    id: str
    type: str
    about: _Object


def read_stripe_event(body: str) -> StripeEvent:
    """Parse an event from a request body. Raises ValueError, TypeError or LookupError if it is not an event."""
    event = _object(json.loads(body))
    return StripeEvent(
        id=_text(event, "id"), type=_text(event, "type"), about=_object(_object(event["data"])["object"])
    )


def observation_of(event: StripeEvent, at: datetime) -> Observation | None:
    """Return the observation of an event received at `at` (UTC), or None if its type is not used.

    Raises ValueError, TypeError or LookupError if the object has no donation or has an unexpected shape.
    """
    read = _READERS.get(event.type)
    return read(event.about, at) if read else None


def end_of_intent(intent: _Object, at: datetime) -> Observation | None:
    """Return the observation of a succeeded or canceled PaymentIntent, or None if it can still be paid.

    Refunds are included only if `latest_charge` is an object (`expand`). Raises the same errors as `observation_of`.
    """
    charge = intent.get("latest_charge")
    if intent["status"] == "succeeded":
        return of_charge(_object(charge), at) if charge and not isinstance(charge, str) else _succeeded(intent, at)
    return _canceled(intent, at) if intent["status"] == "canceled" else None


def of_charge(charge: _Object, at: datetime) -> Observation:
    """Return the observation of a successful Charge: the amounts captured and refunded.

    Raises the same errors as `observation_of`.
    """
    intent = charge["payment_intent"]
    return _observation(
        charge,
        intent["id"] if isinstance(intent, Mapping) else intent,
        at,
        paid=_amount(charge, "amount_captured"),
        refunded=_amount(charge, "amount_refunded"),
    )


def _succeeded(intent: _Object, at: datetime) -> Observation:
    return _observation(intent, intent["id"], at, paid=_amount(intent, "amount_received"))


def _failed(intent: _Object, at: datetime) -> Observation:
    error = _object(intent.get("last_payment_error") or {})
    why = error.get("decline_code") or error.get("code") or error.get("type") or "payment_failed"
    return _observation(intent, intent["id"], at, failed=True, failure=str(why))


def _canceled(intent: _Object, at: datetime) -> Observation:
    why = intent.get("cancellation_reason") or "canceled"
    return _observation(intent, intent["id"], at, failed=True, failure=str(why))


_READERS: Final[Mapping[str, Callable[[_Object, datetime], Observation]]] = {
    "payment_intent.succeeded": _succeeded,
    "payment_intent.payment_failed": _failed,
    "payment_intent.canceled": _canceled,
    "charge.refunded": of_charge,
}


def _observation(about: _Object, intent_id: object, at: datetime, **seen: Any) -> Observation:
    if not isinstance(intent_id, str):
        raise TypeError("it is of no intent")
    return Observation(
        donation_id=_text(_object(about["metadata"]), DONATION_ID),
        intent_id=intent_id,
        currency=_text(about, "currency"),
        at=at,
        **seen,
    )


def _object(value: object) -> _Object:
    if not isinstance(value, Mapping):
        raise TypeError("not an object")
    return cast("_Object", value)


def _text(found: _Object, name: str) -> str:
    if not isinstance(found[name], str) or not found[name]:
        raise TypeError(f"{name} is no text")
    return found[name]


def _amount(found: _Object, name: str) -> int:
    """Return an amount in minor units of ISO 4217, from Stripe's units."""
    if type(found[name]) is not int:
        raise TypeError(f"{name} is no number of minor units")
    return from_stripe(found[name], _text(found, "currency").upper())
