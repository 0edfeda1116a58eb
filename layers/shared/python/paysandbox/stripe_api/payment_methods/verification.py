"""Whether a bank accepts a card that a customer is to have: the verification of a card, an authorization of nothing."""

from typing import Final

from paysandbox.core.errors import Code
from paysandbox.payments.bank import acquirer
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.errors import StripeRefused
from paysandbox.stripe_api.objects.decline import decline_error
from paysandbox.stripe_api.payment_methods.bank import bank_answer

_BLOCKED: Final = "fraudulent"
"""Stripe blocks a payment with such a card, and no bank declines it (gitpod#16234)."""


def check_accepted(method: Method, merchant: str) -> None:
    """Refuse (card_declined) a card that its bank declines, before it is attached to a customer.

    Source: Stripe, "Testing" ("Declined payments"): such a card cannot be attached, but for 4000 0000 0000 0341. One
    that asks for its cardholder can (4000 0027 6000 3184). Also raises Refused as `bank_answer` does.
    """
    answer = bank_answer(method, merchant, 0)
    if not isinstance(answer, acquirer.Answered):
        return
    decline = answer.response.decline
    if decline is None or decline.decline_code == _BLOCKED:
        return
    error = decline_error(answer.response, decline)
    raise StripeRefused(Code.PAYMENT_DECLINED, error["message"], card_error=error)
