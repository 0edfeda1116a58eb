"""POST /v1/refunds/{refund}/cancel: cancel a refund that requires an action of the customer."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.refund_end import end_refund
from paysandbox.stripe_api.requests import CancelRefund
from paysandbox.stripe_api.routes import CANCEL_REFUND


@stripe_endpoint(CANCEL_REFUND)
def handler(call: StripeCall[CancelRefund, None]) -> StripeAnswer:
    """A read, an idempotency record, and an update that ends the refund once."""
    return end_refund(call, "canceled")
