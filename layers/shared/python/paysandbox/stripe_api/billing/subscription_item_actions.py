# pyright: standard
"""Retrieve and list the items of subscriptions, which are stored in them."""

from paysandbox.stripe_api.billing.subscription import SUBSCRIPTION
from paysandbox.stripe_api.billing.subscription_shown import items_of, subscription_of_item
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.operations import Request


def list(request: Request) -> StripeAnswer:  # noqa: A001 - the verb
    """List the items of a subscription. A read of it, and one of what is expanded."""
    query = request.call.query
    tree = request.expanded(query.expanded_paths)
    subscription = request.read(SUBSCRIPTION, query.subscription)
    if subscription is None:
        raise no_such(SUBSCRIPTION, query.subscription, SUBSCRIPTION)
    bodies = [(body["id"], body) for body in request.rendered(items_of(subscription), tree)]
    data, more = page_of_row(bodies, limit=query.limit, around=around_in(query, request.resource.noun, bodies))
    return list_answer(f"/v1{request.resource.path}", query, data, more=more)


def get(request: Request) -> StripeAnswer:
    """Retrieve an item. A read of its subscription, and one of what is expanded."""
    name, tree = request.call.path.get("id", ""), request.expanded(request.call.query.expand)
    owner = subscription_of_item(name)
    subscription = request.read(SUBSCRIPTION, owner) if owner else None
    found = next((each for each in items_of(subscription) if each.id == name), None) if subscription else None
    if found is None:
        raise request.unknown(name)
    (body,) = request.rendered([found], tree)
    return StripeAnswer(body=body, outcome="shown")
