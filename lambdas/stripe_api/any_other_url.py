"""Any other URL: refuse it, and say whether Stripe has it. A few lists of what is not simulated are empty instead."""

from functools import cache
from typing import Any

from paysandbox.http.dispatch import route_method
from paysandbox.http.middleware import Response
from paysandbox.http.request import Event
from paysandbox.stripe_api.catalog.unknown_urls import unknown_url
from paysandbox.stripe_api.lists.not_simulated import EMPTY_LISTS, empty_list
from paysandbox.stripe_api.protocol import refuse_with, requested_path
from paysandbox.stripe_api.routes import ANY_OTHER_URL

_BY_METHOD = {route.method: refuse_with(route, unknown_url) for route in ANY_OTHER_URL}
_GET = next(route for route in ANY_OTHER_URL if route.method == "GET")
_EMPTY_LIST = cache(lambda path: empty_list(_GET, path))


def handler(event: Event, context: Any) -> Response:
    """Answer or refuse the request. Reads and writes nothing."""
    method, path = route_method(event), requested_path(event)
    answer = _EMPTY_LIST(path) if method == "GET" and path in EMPTY_LISTS else _BY_METHOD[method]
    return answer(event, context)
