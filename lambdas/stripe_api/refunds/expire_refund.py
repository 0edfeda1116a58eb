"""POST /v1/test_helpers/refunds/{refund}/expire: expire a refund that requires an action."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.refund_end import end_refund
from paysandbox.stripe_api.requests import ExpireRefund
from paysandbox.stripe_api.routes import EXPIRE_REFUND


@stripe_endpoint(EXPIRE_REFUND)
def handler(call: StripeCall[ExpireRefund, None]) -> StripeAnswer:
    """A read, an idempotency record, and an update that ends the refund once: canceled, as after its 45 days.

    Stripe cancels such a refund ("Refund bank transfer payments").
    """
    return end_refund(call, "expired")
