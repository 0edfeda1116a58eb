"""GET /v1/application_fees/{id}/refunds: list the refunds of an application fee, newest first."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.moved_funds.transfer_resources import APPLICATION_FEES, FEE_REFUNDS
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListFeeRefunds
from paysandbox.stripe_api.resource_kit.operations import Request, list_held
from paysandbox.stripe_api.routes import LIST_FEE_REFUNDS


@stripe_endpoint(LIST_FEE_REFUNDS)
def handler(call: StripeCall[None, ListFeeRefunds]) -> StripeAnswer:
    """A read of the fee, and one of what is expanded."""
    return list_held(Request(RESOURCES, FEE_REFUNDS, call), APPLICATION_FEES, "refunds")
