"""GET /v1/transfers/{id}/reversals/{reversal}: retrieve a reversal of a transfer."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.moved_funds.transfer_resources import TRANSFER_REVERSALS, TRANSFERS
from paysandbox.stripe_api.moved_funds.transfers import reversal_named
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.routes import GET_TRANSFER_REVERSAL


@stripe_endpoint(GET_TRANSFER_REVERSAL)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """A read of the transfer, and one of what is expanded."""
    request = Request(RESOURCES, TRANSFERS, call)
    of_reversal = replace(request, resource=TRANSFER_REVERSALS)
    tree = of_reversal.expanded(call.query.expand)
    (body,) = of_reversal.rendered([reversal_named(request, request.named())], tree)
    return StripeAnswer(body=body, outcome="shown")
