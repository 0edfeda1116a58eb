"""Whether a payment saves its card for later ones: `setup_future_usage` of the intent, or of its options for cards.

Source: Stripe, "Save payment details during payment".
"""

import json
from collections.abc import Mapping
from typing import Final

from paysandbox.payments.terms import IntentTerms

OFF_SESSION: Final = "off_session"

_PARAM: Final = "setup_future_usage"


def future_usage(terms: IntentTerms) -> str | None:
    """Return how a card is used later, `on_session` or `off_session`, or None. The option for cards has precedence."""
    options: Mapping[str, Mapping[str, str]] = json.loads(terms.payment_method_options or "{}")
    usage = options.get("card", {}).get(_PARAM) or terms.setup_future_usage
    return None if usage == "none" else usage


def saves_for(terms: IntentTerms) -> str | None:
    """Return the customer to whom an approved payment with these terms attaches its card, or None."""
    return terms.customer if terms.customer and future_usage(terms) else None
