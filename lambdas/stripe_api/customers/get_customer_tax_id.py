"""GET /v1/customers/{id}/tax_ids/{tax_id}: retrieve a tax ID of a customer."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resources.tax_ids import TAX_ID
from paysandbox.stripe_api.routes import GET_CUSTOMER_TAX_ID
from paysandbox.stripe_api.tax_ids.of_customers import tax_id_and_customer


@stripe_endpoint(GET_CUSTOMER_TAX_ID)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """A read of the customer, one of the tax ID, and one of what is expanded."""
    request = Request(RESOURCES, TAX_ID, call, named_by=TAX_ID.object)
    tree = request.expanded(call.query.expand)
    tax_id, _ = tax_id_and_customer(request, call.path["id"])
    if tax_id.deleted:
        raise request.unknown(tax_id.id)
    (body,) = request.rendered([tax_id], tree)
    return StripeAnswer(body=body, outcome="shown")
