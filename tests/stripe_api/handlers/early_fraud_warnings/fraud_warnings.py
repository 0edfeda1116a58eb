"""Early fraud warnings over the Stripe-compatible API."""

from typing import Any, Final

from paysandbox.stripe_api.routes import LIST_EARLY_FRAUD_WARNINGS
from tests.support.builders.build import PAYMENT_ID
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_merchant import StripeMerchant, done

UNKNOWN: Final = f"issfr_{PAYMENT_ID[5:]}{'q' * 10}"
"""The ID of a warning that nobody gave."""


def warned(**params: Any) -> dict[str, Any]:
    """Return an intent whose bank has warned of fraud."""
    intent = StripeMerchant().paid(**params)
    assert simulate(intent["id"], "fraud_warning").status == 200
    return intent


def warning_of(intent: dict[str, Any], **params: Any) -> dict[str, Any]:
    """Return the only warning of an intent."""
    (warning,) = done(StripeMerchant().get(LIST_EARLY_FRAUD_WARNINGS, payment_intent=intent["id"], **params))["data"]
    return warning
