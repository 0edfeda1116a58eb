"""A merchant's calls of Stripe's SDK, and the native IDs of the same payments.

intent = held(sdk, 20_00)
assert refused(lambda: sdk.v1.payment_intents.confirm(intent.id)).code == UNEXPECTED
"""

from collections.abc import Callable
from typing import Any, Final

import pytest
import stripe

CARD: Final = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
UNEXPECTED: Final = "payment_intent_unexpected_state"

# The SDK annotates parameters as exact maps, but the tests also send unknown ones.
Sdk = Any
Intent = Any


def opened(sdk: Sdk, amount: Any = 10_00, *, options: Any = None, **params: Any) -> Intent:
    """Create an intent without a payment method. `options` are the SDK's, such as an idempotency key."""
    return sdk.v1.payment_intents.create({"amount": amount, "currency": "usd", **params}, options)


def paid(sdk: Sdk, amount: int = 10_00, **params: Any) -> Intent:
    """Create an intent that the bank has approved."""
    return opened(sdk, amount, **{"payment_method": "pm_card_visa", "confirm": True} | params)


def held(sdk: Sdk, amount: int = 10_00, **params: Any) -> Intent:
    """Create an intent that awaits capture."""
    return paid(sdk, amount, capture_method="manual", **params)


def refused(call: Callable[[], Any]) -> stripe.InvalidRequestError:
    """Return the error of a rejected call."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call()
    return caught.value


def native(intent: str) -> str:
    """Return the payment's ID in the native API."""
    return intent.replace("pi_", "auth_")


def is_about(event: Any, intent: str) -> bool:
    """Return whether a Stripe event is about an intent, or about a charge or refund of it."""
    about = event.data.object
    return intent in (about.id, getattr(about, "payment_intent", None))
