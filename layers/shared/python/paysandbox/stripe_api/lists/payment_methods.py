# pyright: standard
"""The payment methods of a customer, as two routes list them, and its sources. There are few: a list is of one row."""

from typing import Final

from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.customers import with_customers
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import SOURCE
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.objects.render import check_expand, expand_of_list, render_method
from paysandbox.stripe_api.objects.stored_method import (
    ATTACHED,
    CUSTOMER,
    PAYMENT_METHOD,
    is_source,
    shown_method,
)
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.objects_table import get_object, get_objects
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resource_kit.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.sources import SOURCES

_SIMULATED: Final = "card"


def list_methods(call: AnyStripeCall, customer_id: str, url: str, *, param: str) -> StripeAnswer:
    """Answer with a page of a customer's payment methods. The only type is `card`, so any other has none.

    Raises Refused: resource_not_found (a customer that does not exist or was deleted; the parameter is `param`),
    parameter_invalid.
    """
    query = call.query
    expand = expand_of_list(query.expand)
    check_expand("payment_method", expand, call.stripe_version)
    stored = _attached(call, customer_id, param)
    bodies = [(method.id, render_method(shown_method(method))) for method in stored]
    wanted = [
        (name, body)
        for name, body in bodies
        if query.type in (None, _SIMULATED) and query.allow_redisplay in (None, body["allow_redisplay"])
    ]
    data, more = page_of_row(wanted, limit=query.limit, around=around_in(query, PAYMENT_METHOD, bodies))
    return list_answer(url, query, with_customers(call, data, expand), more=more)


def list_sources(call: AnyStripeCall, customer_id: str) -> StripeAnswer:
    """Answer with a page of a customer's sources, all or those of a type: `card`, or `source`.

    Raises Refused as `list_methods` does.
    """
    query = call.query
    expand = expand_of_list(query.expand)
    check_expand(SOURCE, expand, call.stripe_version)
    stored = [method for method in _attached(call, customer_id, "id") if is_source(method.id)]
    bodies = [(method.id, render(SOURCES, method, call.stripe_version)) for method in stored]
    wanted = [(name, body) for name, body in bodies if query.object in (None, body["object"])]
    data, more = page_of_row(wanted, limit=query.limit, around=around_in(query, SOURCES.noun, bodies))
    url = f"/v1/customers/{customer_id}/sources"
    return list_answer(url, query, with_customers(call, data, expand), more=more)


def _attached(call: AnyStripeCall, customer_id: str, param: str) -> list[StoredObject]:
    """Return the payment methods of a customer, newest first, with a read of both. Raises Refused."""
    customer = get_object(objects_table(), CUSTOMER, call.merchant, customer_id)
    if customer is None or customer.deleted:
        raise no_such(CUSTOMER, customer_id, param)
    names = customer.attributes.get(ATTACHED, [])
    stored = get_objects(objects_table(), call.merchant, PAYMENT_METHOD, names).values()
    return sorted(stored, key=lambda method: (method.created_at, method.id), reverse=True)
