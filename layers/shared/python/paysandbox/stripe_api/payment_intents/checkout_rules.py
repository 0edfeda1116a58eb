"""Payment intents that belong to a Checkout session, whose page alone confirms them, or to an invoice. Pure."""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.terms import IntentTerms

BY_CHECKOUT: Final = (
    "You cannot perform this action on PaymentIntents created by Checkout. (Hint: The feature you are trying to use is "
    "deprecated.)"
)
"""Stripe's words (stripe-dotnet#2429)."""


BY_INVOICE: Final = "You cannot cancel the PaymentIntent of an invoice. Void the invoice instead."
"""Ours: no recording of Stripe's refusal was found."""


def check_is_not_of_checkout(terms: IntentTerms) -> None:
    """Refuse (intent_state_unexpected) to change an open intent that only the page of a Checkout session confirms."""
    if terms.checkout_session is not None:
        raise Refused(Code.INTENT_STATE_UNEXPECTED, BY_CHECKOUT)


def check_may_be_canceled(terms: IntentTerms) -> None:
    """Refuse (intent_state_unexpected) to cancel an open intent of a Checkout session or of an invoice."""
    check_is_not_of_checkout(terms)
    if terms.invoice is not None:
        raise Refused(Code.INTENT_STATE_UNEXPECTED, BY_INVOICE)


def is_owned(detail: str) -> bool:
    """Whether a refusal says that the intent belongs to another object."""
    return detail in (BY_CHECKOUT, BY_INVOICE)
