"""`dispatch(function, routes)`: the handler of a function that several routes share."""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from paysandbox.http.middleware import Response
from paysandbox.http.request import Event
from paysandbox.http.route import Route


def dispatch(function: str, routes: Iterable[Route]) -> Callable[[Event, Any], Response]:
    """Answer each request by the handler of its route, whose module is imported when it is first asked for.

    Which route it is, API Gateway says: nobody else may call the function.
    """
    modules = {(route.method, route.path): route.module for route in routes if route.function == function}

    def handler(event: Event, context: Any) -> Response:
        module = import_module(modules[event["httpMethod"], event["resource"]])
        return module.handler(event, context)

    return handler
