"""What a shop does with Stripe's SDK, and how the same payments are called natively.

intent = held(sdk, 20_00)
assert refused(lambda: sdk.v1.payment_intents.confirm(intent.id)).code == UNEXPECTED
"""

from collections.abc import Callable
from typing import Any, Final

import pytest
import stripe

CARD: Final = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
UNEXPECTED: Final = "payment_intent_unexpected_state"

# The SDK annotates parameters as exact maps, and what is tested are also those that it does not know.
Sdk = Any
Intent = Any


def opened(sdk: Sdk, amount: Any = 10_00, *, options: Any = None, **params: Any) -> Intent:
    """An intent on nothing yet. `options` are the SDK's, such as an idempotency key."""
    return sdk.v1.payment_intents.create({"amount": amount, "currency": "usd", **params}, options)


def paid(sdk: Sdk, amount: int = 10_00, **params: Any) -> Intent:
    """An intent that a bank has approved."""
    return opened(sdk, amount, **{"payment_method": "pm_card_visa", "confirm": True} | params)


def held(sdk: Sdk, amount: int = 10_00, **params: Any) -> Intent:
    """One whose amount is held."""
    return paid(sdk, amount, capture_method="manual", **params)


def refused(call: Callable[[], Any]) -> stripe.InvalidRequestError:
    """The refusal of a call."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call()
    return caught.value


def native(intent: str) -> str:
    """The same payment as the native API calls it."""
    return intent.replace("pi_", "auth_")


def is_about(event: Any, intent: str) -> bool:
    """Whether one of Stripe's events tells of an intent, or of a charge or refund of it."""
    about = event.data.object
    return intent in (about.id, getattr(about, "payment_intent", None))
