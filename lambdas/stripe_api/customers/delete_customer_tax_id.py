"""DELETE /v1/customers/{id}/tax_ids/{tax_id}: delete a tax ID of a customer."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.tax_ids import TAX_ID
from paysandbox.stripe_api.routes import DELETE_CUSTOMER_TAX_ID
from paysandbox.stripe_api.tax_ids.of_customers import delete_tax_id


@stripe_endpoint(DELETE_CUSTOMER_TAX_ID)
def handler(call: StripeCall[None, None]) -> StripeAnswer:
    """Reads of the tax ID and its customer, and one transaction."""
    request = Request(RESOURCES, TAX_ID, call, named_by=TAX_ID.object)
    tombstone = delete_tax_id(request, call.path["id"])
    return StripeAnswer(body=render(TAX_ID, tombstone, call.stripe_version), outcome="deleted")
