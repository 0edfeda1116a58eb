"""POST /v1/charges/{charge}/refunds: refund captured money of a charge. Returns the refund.

Stripe no longer documents this path, and its older clients use it.
"""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.refunds import refund_of_charge
from paysandbox.stripe_api.requests import RefundCharge
from paysandbox.stripe_api.routes import CREATE_CHARGE_REFUND


@stripe_endpoint(CREATE_CHARGE_REFUND)
def handler(call: StripeCall[RefundCharge, None]) -> StripeAnswer:
    """A read, since whether an attempt was approved never changes; then as a refund by intent."""
    return refund_of_charge(call, call.body)
