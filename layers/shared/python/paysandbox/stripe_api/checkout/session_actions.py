# pyright: standard
"""What requests do with Checkout sessions, beside creating and updating them."""

from paysandbox.stripe_api.checkout.ending import expiring
from paysandbox.stripe_api.checkout.line_item import line_items, prices_of
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.operations import Request, change


def expire(request: Request) -> StripeAnswer:
    """End a session that is open, so that nobody can pay it any more.

    A read of the session and one of its payment, which is canceled first, an idempotency record, and one conditional
    put. With a setup intent, one transaction.
    """
    return change(request, expiring, outcome="expired")


def list_line_items(request: Request) -> StripeAnswer:
    """List what a session sells, in the order of its items. A read of the session, and one of its prices."""
    query, session = request.call.query, request.named()
    every = line_items(session, request.read_many("price", prices_of(session)), request.call.stripe_version)
    bodies = [(body["id"], body) for body in every]
    data, more = page_of_row(bodies, limit=query.limit, around=around_in(query, "line_item", bodies))
    return list_answer(f"/v1{request.resource.path}/{session.id}/line_items", query, data, more=more)
