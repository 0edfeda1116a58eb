"""POST /v1/payment_methods/{id}: update a customer's payment method."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.payment_methods.refusals import of_an_intent
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdatePaymentMethod
from paysandbox.stripe_api.resource_kit.operations import Request, update
from paysandbox.stripe_api.resources.payment_methods import OF_NO_CUSTOMER, PAYMENT_METHODS
from paysandbox.stripe_api.routes import UPDATE_PAYMENT_METHOD


@stripe_endpoint(UPDATE_PAYMENT_METHOD)
def handler(call: StripeCall[UpdatePaymentMethod, None]) -> StripeAnswer:
    """A read, an idempotency record, a read of the customer, and one conditional put."""
    with of_an_intent(call.path["id"], OF_NO_CUSTOMER):
        return update(Request(RESOURCES, PAYMENT_METHODS, call))
