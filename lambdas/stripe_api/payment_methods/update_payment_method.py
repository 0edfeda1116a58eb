"""POST /v1/payment_methods/{method}: update a payment method, which Stripe refuses without a customer."""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.payment_methods.lookup import find_method
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdatePaymentMethod
from paysandbox.stripe_api.routes import UPDATE_PAYMENT_METHOD

OF_NO_CUSTOMER: Final = "You must save this PaymentMethod to a customer before you can update it."
"""Stripe's words. Customers are not simulated, so every payment method is refused."""


@stripe_endpoint(UPDATE_PAYMENT_METHOD)
def handler(call: StripeCall[UpdatePaymentMethod, None]) -> StripeAnswer:
    """One consistent read."""
    find_method(call, call.path.get("method", ""))
    raise Refused(Code.PARAMETER_INVALID, OF_NO_CUSTOMER)
