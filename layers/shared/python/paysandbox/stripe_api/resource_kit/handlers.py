# pyright: standard
"""`answer_resources(function)`: the handler of all routes of declared resources that a function answers."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from paysandbox.http.dispatch import route_method
from paysandbox.http.middleware import Response
from paysandbox.http.request import Event
from paysandbox.stripe_api.protocol import stripe_endpoint
from paysandbox.stripe_api.resource_kit import operations
from paysandbox.stripe_api.resource_kit.operations import Operate
from paysandbox.stripe_api.resource_kit.parameters import Operation
from paysandbox.stripe_api.resource_kit.routes import ResourceRoute

_OPERATIONS: Final[Mapping[Operation, Operate]] = {
    "create": operations.create,
    "get": operations.get,
    "update": operations.update,
    "list": operations.list_objects,
    "delete": operations.delete,
}


def answer_resources(function: str, routes: Iterable[ResourceRoute]) -> Callable[[Event, Any], Response]:
    """Make the handler. It answers each request by the operation that its route declares."""
    handlers = {
        (each.route.method, each.route.path): stripe_endpoint(each.route)(_answer_of(each))
        for each in routes
        if each.route.function == function
    }

    def handler(event: Event, context: Any) -> Response:
        return handlers[route_method(event), event["resource"]](event, context)

    return handler


def _answer_of(each: ResourceRoute) -> Any:
    return partial(_OPERATIONS[each.operation], each.resource)
