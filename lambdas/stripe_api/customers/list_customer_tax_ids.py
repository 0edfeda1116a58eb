"""GET /v1/customers/{id}/tax_ids: list the tax IDs of a customer, newest first."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.objects.tax_id import tax_ids_of
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListCustomerTaxIds
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resources.tax_ids import TAX_ID
from paysandbox.stripe_api.routes import LIST_CUSTOMER_TAX_IDS
from paysandbox.stripe_api.tax_ids.of_customers import customer_of


@stripe_endpoint(LIST_CUSTOMER_TAX_IDS)
def handler(call: StripeCall[None, ListCustomerTaxIds]) -> StripeAnswer:
    """A read of the customer, one of all its tax IDs, and one of what is expanded."""
    request, query = Request(RESOURCES, TAX_ID, call), call.query
    tree = request.expanded(query.expanded_paths)
    customer = customer_of(request, call.path["id"])
    names = tax_ids_of(customer.attributes)
    found = request.read_many(TAX_ID.object, names)
    every = [found[name] for name in names if not found[name].deleted]
    bodies = [(body["id"], body) for body in request.rendered(every, tree)]
    data, more = page_of_row(bodies, limit=query.limit, around=around_in(query, TAX_ID.noun, bodies))
    return list_answer(f"/v1/customers/{customer.id}/tax_ids", query, data, more=more)
