"""POST /v1/charges/{charge}/refunds: refund captured money of a charge. Returns the refund.

Stripe no longer documents this path, and its older clients use it.
"""

from paysandbox.core.errors import Code, Refused
from paysandbox.http.request import AnyCall, Call
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import intent_id
from paysandbox.stripe_api.lookups import find_charge
from paysandbox.stripe_api.objects import check_expand
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import RefundCharge
from paysandbox.stripe_api.routes import CREATE_CHARGE_REFUND
from stripe_api.create_refund import refund


@stripe_endpoint(CREATE_CHARGE_REFUND)
def handler(call: Call[RefundCharge, None]) -> StripeAnswer:
    """A read, since whether an attempt was approved never changes; then as a refund by intent."""
    check_expand("refund", call.body.expand)
    return refund_of_charge(call, call.body)


def refund_of_charge(call: AnyCall, body: RefundCharge) -> StripeAnswer:
    """Refund the charge that the path names. An intent in the body must be the charge's. Raises Refused."""
    payment, attempt = find_charge(call, call.path["charge"], "id")
    if attempt.decline:
        raise Refused(Code.NOT_CAPTURED, "The charge failed, so nothing was captured.")
    if body.payment_intent not in {None, intent_id(payment.id)}:
        raise no_such("payment_intent", body.payment_intent or "", "payment_intent")
    return refund(call, payment.id, body)
