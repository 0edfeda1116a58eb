"""POST /v1/application_fees/{id}/refunds/{refund}: update a refund of an application fee."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.moved_funds.application_fee import with_changed_refund
from paysandbox.stripe_api.moved_funds.transfer_resources import APPLICATION_FEES, FEE_REFUNDS, refund_named
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, changed
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdateFeeRefund
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.resource_kit.parameters import attributes_after
from paysandbox.stripe_api.routes import UPDATE_FEE_REFUND


@stripe_endpoint(UPDATE_FEE_REFUND)
def handler(call: StripeCall[UpdateFeeRefund, None]) -> StripeAnswer:
    """A read of the fee, an idempotency record, and one conditional put."""
    request, name = Request(RESOURCES, APPLICATION_FEES, call), call.path.get("refund", "")
    of_refund = replace(request, resource=FEE_REFUNDS)
    tree = of_refund.expanded(call.body.expand)
    fee = request.named()
    refund_named(fee, name)

    def change(current: StoredObject, cause: Cause) -> Stored:
        after = attributes_after(FEE_REFUNDS, refund_named(current, name).attributes, call.body)
        metadata = {"metadata": after.get("metadata", {})}
        return (changed(current, with_changed_refund(current.attributes, name, metadata), cause),)

    written = change_once(request, fee, change)
    made = replace(written, stored=refund_named(written.stored, name))
    return made.answer(of_refund, tree, outcome="changed")
