"""POST /v1/refunds: refund captured money, by charge or by intent."""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import payment_of_intent
from paysandbox.stripe_api.lookups import find_charge
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.refunds import nothing_to_refund, refund
from paysandbox.stripe_api.requests import CreateRefund
from paysandbox.stripe_api.routes import CREATE_REFUND

_INTENT: Final = "payment_intent"
_NEITHER: Final = "One of the following params should be provided for this request: payment_intent or charge."
"""Stripe's words."""

_BOTH: Final = "You may only specify one of these parameters: charge, payment_intent."
"""Stripe's words for other parameters that exclude each other. Those for these two are unpublished."""


@stripe_endpoint(CREATE_REFUND)
def handler(call: StripeCall[CreateRefund, None]) -> StripeAnswer:
    """An idempotency record, then one conditional update; a second one if the refund spans several captures. By charge,
    a read first: whether an attempt was approved never changes."""
    body = call.body
    return refund(call, _payment_named(call, body), body, by_charge=body.charge is not None)


def _payment_named(call: StripeCall, body: CreateRefund) -> str:
    if body.charge is None and body.payment_intent is None:
        raise Refused(Code.PARAMETER_INVALID, _NEITHER)
    if body.charge is not None and body.payment_intent is not None:
        raise Refused(Code.PARAMETER_INVALID, _BOTH)
    if body.charge is not None:
        return _charged(call, body.charge)
    name = body.payment_intent or ""
    payment_id = payment_of_intent(name)
    if payment_id is None:
        raise no_such(_INTENT, name, _INTENT)
    return payment_id


def _charged(call: StripeCall, charge: str) -> str:
    """Return the payment whose approved attempt a charge is. An intent also has charges for its declined attempts."""
    payment, attempt = find_charge(call, charge, "charge")
    if attempt.decline:
        raise nothing_to_refund(payment, "charge")
    return payment.id
