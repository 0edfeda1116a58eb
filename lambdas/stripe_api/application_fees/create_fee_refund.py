"""POST /v1/application_fees/{id}/refunds: refund an application fee, all or a part of it."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.ids import fee_refund_id
from paysandbox.stripe_api.moved_funds.fee_refunds import refund_once
from paysandbox.stripe_api.moved_funds.transfer_resources import APPLICATION_FEES, FEE_REFUNDS, refund_named
from paysandbox.stripe_api.objects.stored_object import as_created
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateFeeRefund
from paysandbox.stripe_api.resource_kit.operations import Request, Written
from paysandbox.stripe_api.routes import CREATE_FEE_REFUND


@stripe_endpoint(CREATE_FEE_REFUND)
def handler(call: StripeCall[CreateFeeRefund, None]) -> StripeAnswer:
    """A read of the fee and one of its payment, an idempotency record, an update of the payment that is conditional on
    its version, and a put of the fee."""
    request = Request(RESOURCES, APPLICATION_FEES, call)
    of_refund = replace(request, resource=FEE_REFUNDS)
    tree = of_refund.expanded(call.body.expand)
    fee = request.named()
    once, operation_id = refund_once(call, fee)
    refund = refund_named(request.named(), fee_refund_id(fee.id, operation_id))
    written = Written(as_created(refund), once.replayed, once.first_request)
    return written.answer(of_refund, tree, outcome="refunded")
