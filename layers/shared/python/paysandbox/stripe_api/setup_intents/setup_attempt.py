# pyright: standard
"""Stripe's SetupAttempt: an attempt to set a card up, as it is stored in its setup intent.

Source: `SetupAttempts.d.ts` of stripe-node 23.1.0.
"""

from typing import Any, Final

from paysandbox.core.cards.brand import Brand
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.http.answer import Body
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject, new_object
from paysandbox.stripe_api.objects.three_d_secure import authentication_details
from paysandbox.stripe_api.setup_intents.rules import ATTEMPTS, is_waiting_for

_KIND: Final = "setup_attempt"
_UNASKED: Final = (None, AuthenticationResult.FAILED, AuthenticationResult.REJECTED, AuthenticationResult.ABANDONED)
"""The results of a challenge after which the bank was not asked to verify the card, and that of none."""

_OF_CARD: Final = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")


def attempts_of(setup: StoredObject) -> tuple[StoredObject, ...]:
    """Return the latest attempts of a setup intent, the newest first."""
    return tuple(_attempt(setup, entry) for entry in setup.attributes.get(ATTEMPTS, ()))


def _attempt(setup: StoredObject, entry: Attributes) -> StoredObject:
    """Return an attempt as an object. One whose challenge was not answered was abandoned, unless it is the latest."""
    status = "failed" if entry.get("error") else "succeeded"
    if entry.get("challenged") and entry.get("result") is None:
        status = "requires_action" if is_waiting_for(setup.attributes, entry["id"]) else "abandoned"
    attributes = {
        **entry,
        "payment_method": entry["payment_method"]["id"],
        "shown": entry["payment_method"],
        "setup_intent": setup.id,
        "status": status,
    }
    cause = Cause(operation_id=entry["id"], request_id=setup.created_by.request_id, at=parse_timestamp(entry["at"]))
    return new_object(setup.merchant, _KIND, entry["id"], attributes, cause)


def attempt_fields(attempt: StoredObject) -> Body:
    """Return what an attempt has beside its own fields. Without an answer of the bank, its card has no checks."""
    attributes = attempt.attributes
    card: dict[str, Any] = {name: attributes["shown"]["card"][name] for name in _OF_CARD}
    error, result = attributes.get("error"), attributes.get("result")
    if attributes.get("challenged") and result in _UNASKED:
        card["checks"] = None
    return {
        **dict.fromkeys(("application", "customer_account", "on_behalf_of")),
        "payment_method_details": {
            "card": card | {"network": card["brand"], "three_d_secure": _authentication(attempt, Brand(card["brand"]))},
            "type": "card",
        },
        "setup_error": error and {**error, "payment_method": attributes["shown"]},
        "status": attributes["status"],
    }


def _authentication(attempt: StoredObject, brand: Brand) -> Body | None:
    result = attempt.attributes.get("result")
    if result is not None:
        return authentication_details(AuthenticationResult(result), brand, attempt.id, flow="challenge")
    if attempt.attributes.get("frictionless"):
        return authentication_details(AuthenticationResult.AUTHENTICATED, brand, attempt.id, flow="frictionless")
    return None
