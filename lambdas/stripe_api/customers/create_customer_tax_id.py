"""POST /v1/customers/{id}/tax_ids: create a tax ID of a customer."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.stored_object import Cause
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateCustomerTaxId
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once
from paysandbox.stripe_api.resources.tax_ids import TAX_ID
from paysandbox.stripe_api.routes import CREATE_CUSTOMER_TAX_ID
from paysandbox.stripe_api.tax_ids.of_customers import created_tax_id


@stripe_endpoint(CREATE_CUSTOMER_TAX_ID)
def handler(call: StripeCall[CreateCustomerTaxId, None]) -> StripeAnswer:
    """An idempotency record, a read of the customer, one transaction, and a read of what is expanded."""
    request = Request(RESOURCES, TAX_ID, call)
    tree = request.expanded(call.body.expand)

    def make(name: str, cause: Cause) -> Stored:
        return created_tax_id(request, call.path["id"], name, cause)

    return create_once(request, make).answer(request, tree, outcome="created")
