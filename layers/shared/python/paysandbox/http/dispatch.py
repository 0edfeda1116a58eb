"""The handler of a route: `load_handler(route)`.

The handler of a function that several routes share: `dispatch(function, routes)`, and `passing_on(*routes)` for one
that has the name of one of them.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from importlib import import_module
from typing import Any

from paysandbox.http.middleware import Response
from paysandbox.http.request import Event
from paysandbox.http.route import HANDLER, Route


def route_method(event: Event) -> str:
    """Return the method of the route that an event is for."""
    return "GET" if event["httpMethod"] == "HEAD" else event["httpMethod"]


Handle = Callable[[Event, Any], Response]


def load_handler(route: Route) -> Handle:
    """Return the handler of a route. Imports its module."""
    module, name = route.entry_point
    return getattr(import_module(module), name)


def passing_on(*routes: Route) -> Callable[[Handle], Handle]:
    """Decorate the handler of a function's own route, so that it passes on requests of others that share the function.

    The module of another route is imported at its first request, as by `dispatch`.
    """
    by_address = {(route.method, route.path): route for route in routes}

    def decorate(own: Handle) -> Handle:
        @wraps(own)
        def handler(event: Event, context: Any) -> Response:
            route = by_address.get((route_method(event), event["resource"]))
            return own(event, context) if route is None else load_handler(route)(event, context)

        return handler

    return decorate


def dispatch(function: str, routes: Iterable[Route], *, otherwise: str | None = None) -> Handle:
    """Dispatch each request to the handler of its route. A route's module is imported at its first request.

    The route comes from API Gateway's event; nothing else may invoke the function. A HEAD is answered as a GET (RFC
    9110, section 9.3.2), and the gateway leaves out the body. `otherwise` is the module for
    requests that are for none of the routes, if API Gateway sends such.
    """
    by_address = {(route.method, route.path): route for route in routes if route.function == function}

    def handler(event: Event, context: Any) -> Response:
        address = route_method(event), event["resource"]
        if otherwise is not None and address not in by_address:
            return getattr(import_module(otherwise), HANDLER)(event, context)
        return load_handler(by_address[address])(event, context)

    return handler
