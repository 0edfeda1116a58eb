"""GET /v1/transfers/{id}/reversals: list the reversals of a transfer, newest first."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.moved_funds.transfer_resources import TRANSFER_REVERSALS, TRANSFERS
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListTransferReversals
from paysandbox.stripe_api.resource_kit.operations import Request, list_held
from paysandbox.stripe_api.routes import LIST_TRANSFER_REVERSALS


@stripe_endpoint(LIST_TRANSFER_REVERSALS)
def handler(call: StripeCall[None, ListTransferReversals]) -> StripeAnswer:
    """A read of the transfer, and one of what is expanded."""
    return list_held(Request(RESOURCES, TRANSFER_REVERSALS, call), TRANSFERS, "reversals")
