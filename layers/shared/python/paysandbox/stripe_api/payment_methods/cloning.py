# pyright: standard
"""Clone a platform's payment method to a connected account, for a direct charge there.

Source: Stripe, "Share payment methods across multiple accounts for direct charges", and stripe-dotnet#2024: `customer`
and `payment_method` are the platform's, and `Stripe-Account` names the account. One that is attached to a customer can
be cloned any number of times. Stripe's refusal of a spent one (`USED_BEFORE`) says that any other is used up by it.
What a clone keeps besides the card, the billing details and the setup, is not published: no metadata, here.
"""

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.payments.bank.card import Card, card_id_of
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.errors import needs_secret_key
from paysandbox.stripe_api.objects.stored_method import clone_attributes
from paysandbox.stripe_api.objects.stored_object import Attributes
from paysandbox.stripe_api.payment_methods.bank import named_method, number_of, use_method
from paysandbox.stripe_api.payment_methods.refusals import not_theirs
from paysandbox.stripe_api.requests import CreatePaymentMethod


def check_can_clone(call: StripeCall[CreatePaymentMethod, None]) -> str:
    """Return the platform whose payment method a request clones.

    Refuses a publishable key (secret_key_required), and (parameter_invalid, in words of ours) a card beside it, and a
    request that is for no connected account.
    """
    body = call.body
    if call.publishable:
        raise needs_secret_key()
    for name in ("card", "billing_details"):
        if getattr(body, name) is not None:
            detail = f"You may only specify one of these parameters: {name}, payment_method."
            raise Refused(Code.PARAMETER_INVALID, detail, name)
    if call.platform is None:
        detail = (
            "`payment_method` clones a payment method to a connected account: name the account in `Stripe-Account`."
        )
        raise Refused(Code.PARAMETER_INVALID, detail, "payment_method")
    return call.platform


def cloned(call: StripeCall[CreatePaymentMethod, None], platform: str, clone: str) -> Attributes:
    """Return what is stored of a clone with this ID. Repeated with the same ID, it does the same.

    Takes reads of the platform's payment method and its customer, and a conditional write of one without a customer.
    Raises Refused as `named_method` does, and parameter_invalid for a payment method that is not the customer's.
    """
    body = call.body
    name = body.payment_method or ""
    original = named_method(replace(call, merchant=platform, account=None), name, customer=body.customer)
    original.check()
    method = original.method
    if method is None or body.customer not in (None, method.customer):
        raise not_theirs(name)
    use_method(method, platform, clone, body.customer)
    card = _of_account(method.card, platform, call.merchant)
    copied = replace(method, card=card, allow_redisplay=body.allow_redisplay)
    return clone_attributes(copied, body.metadata)


def _of_account(card: Card, platform: str, account: str) -> Card:
    """Return a card as another merchant stores it. The ID of a number that is not published follows from the other."""
    key = hashing_keys().card
    number = number_of(card.card_id, platform, key)
    return replace(card, card_id=card_id_of(number or card.card_id, account, key))
