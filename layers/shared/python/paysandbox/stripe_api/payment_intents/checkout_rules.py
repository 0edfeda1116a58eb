"""Payment intents that belong to a Checkout session, whose page alone confirms them. Pure."""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.terms import IntentTerms

BY_CHECKOUT: Final = (
    "You cannot perform this action on PaymentIntents created by Checkout. (Hint: The feature you are trying to use is "
    "deprecated.)"
)
"""Stripe's words (stripe-dotnet#2429)."""


def check_is_not_of_checkout(terms: IntentTerms) -> None:
    """Refuse (intent_state_unexpected) to change an open intent that only the page of a Checkout session confirms."""
    if terms.checkout_session is not None:
        raise Refused(Code.INTENT_STATE_UNEXPECTED, BY_CHECKOUT)
