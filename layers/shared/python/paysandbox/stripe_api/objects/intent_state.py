"""What state an intent is in, which follows from its payment. Pure."""

import json
from enum import StrEnum
from typing import Any, Final

from paysandbox.core.cards.brand import Brand
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.payment import Payment, State
from paysandbox.payments.terms import IntentTerms


class IntentStatus(StrEnum):
    """The status of an intent, by Stripe's names ("PaymentIntents: lifecycle")."""

    NEEDS_METHOD = "requires_payment_method"
    NEEDS_CONFIRMATION = "requires_confirmation"
    NEEDS_ACTION = "requires_action"
    PROCESSING = "processing"
    NEEDS_CAPTURE = "requires_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


UNCONFIRMED: Final = (IntentStatus.NEEDS_METHOD, IntentStatus.NEEDS_CONFIRMATION)
"""The statuses of an intent of which no attempt is under way, and none was approved."""

OPEN: Final = (*UNCONFIRMED, IntentStatus.NEEDS_ACTION)
"""The statuses in which terms may change and a bank may be asked to authorize.

Another attempt, and another amount or card, end a challenge that the cardholder has not answered.
"""


def intent_status(payment: Payment, state: State) -> IntentStatus:
    """Return a payment's status in that state. A declined payment that is not an intent is canceled."""
    if state.captured:
        return IntentStatus.NEEDS_CAPTURE if state.remaining else IntentStatus.SUCCEEDED
    if state.ended:
        return IntentStatus.CANCELED
    if state.attempt:
        is_challenge = isinstance(state.attempt, ChallengeRequested)
        return IntentStatus.NEEDS_ACTION if is_challenge else IntentStatus.PROCESSING
    if state.remaining:
        return IntentStatus.NEEDS_CAPTURE
    if not payment.is_intent:
        return IntentStatus.CANCELED
    return IntentStatus.NEEDS_CONFIRMATION if terms_of(payment, state).method else IntentStatus.NEEDS_METHOD


def terms_of(payment: Payment, state: State) -> IntentTerms:
    """Return the terms in that state, or for a payment that is not an intent those of its authorization."""
    if state.terms is not None:
        return state.terms
    noted = payment.annotations
    amount = state.authorized or payment.authorized
    return IntentTerms(amount=amount, description=noted.description, metadata=noted.metadata)


def supports_increments(payment: Payment, terms: IntentTerms) -> bool:
    """Whether Stripe would increment the authorization of these terms ("Increment an authorization").

    That was requested of a payment that is captured later, and the card's network allows it.
    """
    card = payment.last_card
    options: dict[str, dict[str, Any]] = json.loads(terms.payment_method_options or "{}")
    is_requested: bool = options.get("card", {}).get("request_incremental_authorization") == "if_available"
    return is_requested and not payment.automatic and card is not None and card.brand in _INCREMENTAL


_INCREMENTAL: Final = (Brand.VISA, Brand.MASTERCARD, Brand.MAESTRO, Brand.AMEX, Brand.DISCOVER, Brand.UNIONPAY)
