# pyright: standard
"""The payment methods of a customer or of all, as two routes list them, and a customer's sources.

A customer has few: its lists are of one row.
"""

from functools import cache
from typing import Final

from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import Objects, page, page_of_row
from paysandbox.stripe_api.lists.parameters import around, around_in
from paysandbox.stripe_api.objects.render import render_method
from paysandbox.stripe_api.objects.stored_method import (
    ATTACHED,
    CUSTOMER,
    PAYMENT_METHOD,
    is_source,
    shown_method,
    without_customer,
)
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.requests import ListCustomerPaymentMethods
from paysandbox.stripe_api.resource_kit.objects_table import get_object, get_objects, listed_at, objects_of
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.sources import SOURCES

_SIMULATED: Final = "card"


def list_all_methods(call: AnyStripeCall, url: str) -> StripeAnswer:
    """Answer with a page of all payment methods that are stored, newest first: attached ones, detached ones, and those
    that were only created, until they are removed with the payments of their time.

    One query per shard of the index, then consistent reads, and one of each customer. Raises Refused as `list_methods`.
    """
    query = call.query

    @cache
    def is_gone(name: str) -> bool:
        customer = get_object(objects_table(), CUSTOMER, call.merchant, name)
        return customer is None or customer.deleted

    def shown(stored: StoredObject) -> Objects:
        customer = stored.attributes.get(CUSTOMER)
        current = without_customer(stored) if customer and is_gone(customer) else stored
        return [(stored.id, render_method(shown_method(current)))]

    def position_of(name: str) -> str | None:
        stored = get_object(objects_table(), PAYMENT_METHOD, call.merchant, name)
        return listed_at(stored) if stored else None

    data, more = page(
        objects_of(objects_table(), PAYMENT_METHOD, call.merchant, None, None),
        shown,
        limit=query.limit,
        around=around(query, PAYMENT_METHOD, position_of),
        matching=lambda objects: _matching(query, objects),
    )
    return list_answer(url, query, data, more=more)


def list_methods(call: AnyStripeCall, customer_id: str, url: str, *, param: str) -> StripeAnswer:
    """Answer with a page of a customer's payment methods.

    Raises Refused: resource_not_found (a customer that does not exist or was deleted; the parameter is `param`),
    parameter_invalid.
    """
    query = call.query
    stored = attached_methods(call, customer_id, param)
    bodies = [(method.id, render_method(shown_method(method))) for method in stored]
    data, more = page_of_row(
        _matching(query, bodies), limit=query.limit, around=around_in(query, PAYMENT_METHOD, bodies)
    )
    return list_answer(url, query, data, more=more)


def list_sources(call: AnyStripeCall, customer_id: str) -> StripeAnswer:
    """Answer with a page of a customer's sources, all or those of a type: `card`, or `source`.

    Raises Refused as `list_methods` does.
    """
    query = call.query
    stored = [method for method in attached_methods(call, customer_id, "id") if is_source(method.id)]
    bodies = [(method.id, render(SOURCES, method, call.stripe_version)) for method in stored]
    wanted = [(name, body) for name, body in bodies if query.object in (None, body["object"])]
    data, more = page_of_row(wanted, limit=query.limit, around=around_in(query, SOURCES.noun, bodies))
    url = f"/v1/customers/{customer_id}/sources"
    return list_answer(url, query, data, more=more)


def _matching(query: ListCustomerPaymentMethods, objects: Objects) -> Objects:
    """Return those that a list is limited to. The only type is `card`, so there is none of any other."""
    if query.type not in (None, _SIMULATED):
        return []
    return [entry for entry in objects if query.allow_redisplay in (None, entry[1]["allow_redisplay"])]


def attached_methods(call: AnyStripeCall, customer_id: str, param: str) -> list[StoredObject]:
    """Return the payment methods of a customer, newest first, with a read of both. Raises Refused."""
    customer = get_object(objects_table(), CUSTOMER, call.merchant, customer_id)
    if customer is None or customer.deleted:
        raise no_such(CUSTOMER, customer_id, param)
    names = customer.attributes.get(ATTACHED, [])
    stored = get_objects(objects_table(), call.merchant, PAYMENT_METHOD, names).values()
    return sorted(stored, key=lambda method: (method.created_at, method.id), reverse=True)
