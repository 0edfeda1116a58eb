# pyright: standard
"""What is stored of a new shared payment token: its card as of now, and its limits."""

from paysandbox.core.stripe_amounts import to_ledger
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.discounts.future_times import check_future
from paysandbox.stripe_api.objects.granted_token import LIMITS, OF_METHOD
from paysandbox.stripe_api.objects.stored_method import method_attributes
from paysandbox.stripe_api.objects.stored_object import Attributes, without_defaults
from paysandbox.stripe_api.payment_methods.bank import named_method
from paysandbox.stripe_api.payment_methods.refusals import not_theirs
from paysandbox.stripe_api.requests import CreateGrantedToken


def new_granted_token(call: StripeCall[CreateGrantedToken, None]) -> Attributes:
    """Return what is stored of a new token. A card that is shared is not used up.

    Raises Refused: as `named_method` and `to_ledger` do, and parameter_invalid for a time that is not in the future or
    a payment method that the customer does not have.
    """
    body, limits = call.body, call.body.usage_limits
    to_ledger(limits.max_amount, limits.currency, f"{LIMITS}[max_amount]")
    check_future(f"{LIMITS}[expires_at]", limits.expires_at, call.now)
    card = named_method(call, body.payment_method, customer=body.customer)
    card.check()
    if card.method is None or body.customer not in (None, card.method.customer):
        raise not_theirs(body.payment_method)
    shared = method_attributes(card.method)
    stored = {
        "currency": limits.currency.lower(),
        "max_amount": limits.max_amount.units,
        "expires_at": limits.expires_at,
    }
    return without_defaults(
        {
            **{name: shared.get(name) for name in OF_METHOD},
            LIMITS: without_defaults(stored),
            "shared_metadata": body.shared_metadata or None,
        }
    )
