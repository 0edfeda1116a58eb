"""GET /v1/application_fees/{id}/refunds/{refund}: retrieve a refund of an application fee."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.moved_funds.transfer_resources import APPLICATION_FEES, FEE_REFUNDS, refund_named
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.routes import GET_FEE_REFUND


@stripe_endpoint(GET_FEE_REFUND)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """A read of the fee, and one of what is expanded."""
    request = Request(RESOURCES, APPLICATION_FEES, call)
    of_refund = replace(request, resource=FEE_REFUNDS)
    tree = of_refund.expanded(call.query.expand)
    (body,) = of_refund.rendered([refund_named(request.named(), call.path.get("refund", ""))], tree)
    return StripeAnswer(body=body, outcome="shown")
