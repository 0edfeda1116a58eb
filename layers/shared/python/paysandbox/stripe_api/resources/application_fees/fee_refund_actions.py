# pyright: standard
"""What requests do with refunds of application fees."""

from paysandbox.stripe_api.connect.application_fee import refunds_of_fee
from paysandbox.stripe_api.ids import fee_refund_id
from paysandbox.stripe_api.objects.stored_object import as_created
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.operations import Request, Written
from paysandbox.stripe_api.resources.application_fees.fee_refunds import refund_once


def create(request: Request) -> StripeAnswer:
    """Refund an application fee, all or a part of it. A read of the fee and one of its payment, an idempotency record,
    an update of the payment that is conditional on its version, and a put of the fee.
    """
    tree, of_fee = request.expanded(request.call.body.expand), request.of_holder()
    fee = of_fee.named()
    once, operation_id = refund_once(request.call, fee)
    name = fee_refund_id(fee.id, operation_id)
    refund = next(each for each in refunds_of_fee(of_fee.named()) if each.id == name)
    written = Written(as_created(refund), once.replayed, once.first_request)
    return written.answer(request, tree, outcome="refunded")
