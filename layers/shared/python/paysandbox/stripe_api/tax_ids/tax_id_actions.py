# pyright: standard
"""What requests do with the tax IDs of a customer."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.objects.stored_object import Cause
from paysandbox.stripe_api.objects.tax_id import tax_ids_of
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, make
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.tax_ids.of_customers import (
    created_tax_id,
    customer_of,
    delete_tax_id,
    tax_id_and_customer,
)


def list_tax_ids(request: Request) -> StripeAnswer:
    """List the tax IDs of a customer, newest first.

    A read of the customer, one of all its tax IDs, and one of what is expanded.
    """
    query, kind = request.call.query, request.resource
    tree = request.expanded(query.expanded_paths)
    customer = customer_of(request, request.call.path["id"])
    names = tax_ids_of(customer.attributes)
    found = request.read_many(kind.object, names)
    every = [found[name] for name in names if not found[name].deleted]
    bodies = [(body["id"], body) for body in request.rendered(every, tree)]
    data, more = page_of_row(bodies, limit=query.limit, around=around_in(query, kind.noun, bodies))
    return list_answer(f"/v1/customers/{customer.id}/tax_ids", query, data, more=more)


def create(request: Request) -> StripeAnswer:
    """Create a tax ID. An idempotency record, a read of the customer, one transaction, and a read of what is
    expanded."""

    def new(request: Request, name: str, cause: Cause) -> Stored:
        return created_tax_id(request, request.call.path["id"], name, cause)

    return make(request, new)


def get(request: Request) -> StripeAnswer:
    """Show a tax ID. A read of the customer, one of the tax ID, and one of what is expanded."""
    tree = request.expanded(request.call.query.expand)
    request = _of_tax_id(request)
    tax_id, _ = tax_id_and_customer(request, request.call.path["id"])
    if tax_id.deleted:
        raise request.unknown(tax_id.id)
    (body,) = request.rendered([tax_id], tree)
    return StripeAnswer(body=body, outcome="shown")


def delete(request: Request) -> StripeAnswer:
    """Delete a tax ID. Reads of it and its customer, and one transaction."""
    tombstone = delete_tax_id(_of_tax_id(request), request.call.path["id"])
    return StripeAnswer(body=render(request.resource, tombstone, request.call.stripe_version), outcome="deleted")


def _of_tax_id(request: Request) -> Request:
    return replace(request, named_by=request.resource.object)
