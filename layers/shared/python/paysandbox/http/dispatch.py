"""The handler of a function that several routes share: `dispatch(function, routes)`, and `passing_on(*routes)` for one
that has the name of one of them."""

from collections.abc import Callable, Iterable
from functools import wraps
from importlib import import_module
from typing import Any

from paysandbox.http.middleware import Response
from paysandbox.http.request import Event
from paysandbox.http.route import Route


def route_method(event: Event) -> str:
    """Return the method of the route that an event is for."""
    return "GET" if event["httpMethod"] == "HEAD" else event["httpMethod"]


Handle = Callable[[Event, Any], Response]


def passing_on(*routes: Route) -> Callable[[Handle], Handle]:
    """Decorate the handler of a function's own route, so that it passes on requests of others that share the function.

    The module of another route is imported at its first request, as by `dispatch`.
    """
    modules = {(route.method, route.path): route.module for route in routes}

    def decorate(own: Handle) -> Handle:
        @wraps(own)
        def handler(event: Event, context: Any) -> Response:
            module = modules.get((route_method(event), event["resource"]))
            return own(event, context) if module is None else import_module(module).handler(event, context)

        return handler

    return decorate


def dispatch(
    function: str, routes: Iterable[Route], *, otherwise: str | None = None
) -> Callable[[Event, Any], Response]:
    """Dispatch each request to the handler of its route. A route's module is imported at its first request.

    The route comes from API Gateway's event; nothing else may invoke the function. A HEAD is answered as a GET (RFC
    9110, section 9.3.2), and the gateway leaves out the body. `otherwise` is the module for
    requests that are for none of the routes, if API Gateway sends such.
    """
    modules = {(route.method, route.path): route.module for route in routes if route.function == function}

    def handler(event: Event, context: Any) -> Response:
        address = route_method(event), event["resource"]
        module = import_module(modules[address] if otherwise is None else modules.get(address, otherwise))
        return module.handler(event, context)

    return handler
