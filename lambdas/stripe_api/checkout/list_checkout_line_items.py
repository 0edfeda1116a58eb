"""GET /v1/checkout/sessions/{id}/line_items: list what a session sells, in the order of its items."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.checkout.line_item import line_items, prices_of
from paysandbox.stripe_api.checkout.session_resource import SESSION
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListCheckoutLineItems
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.routes import LIST_CHECKOUT_LINE_ITEMS


@stripe_endpoint(LIST_CHECKOUT_LINE_ITEMS)
def handler(call: StripeCall[None, ListCheckoutLineItems]) -> StripeAnswer:
    """A read of the session, and one of its prices."""
    request, query = Request(RESOURCES, SESSION, call), call.query
    session = request.named()
    every = line_items(session, request.read_many("price", prices_of(session)), call.stripe_version)
    bodies = [(body["id"], body) for body in every]
    data, more = page_of_row(bodies, limit=query.limit, around=around_in(query, "line_item", bodies))
    return list_answer(f"/v1/checkout/sessions/{session.id}/line_items", query, data, more=more)
