# pyright: standard
"""`answer_resources(function)`: the handler of all routes of declared resources that a function answers."""

from collections.abc import Callable, Sequence
from typing import Any

from paysandbox.http.dispatch import route_method
from paysandbox.http.middleware import Response
from paysandbox.http.request import Event
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.resource_kit.declaration import Resources
from paysandbox.stripe_api.resource_kit.operations import OPERATIONS, Request
from paysandbox.stripe_api.resource_kit.routes import ResourceRoute


def answer_resources(function: str, routes: Sequence[ResourceRoute]) -> Callable[[Event, Any], Response]:
    """Make the handler. It answers each request by the operation that its route declares."""
    resources = {each.resource.object: each.resource for each in routes}
    handlers = {
        (each.route.method, each.route.path): stripe_endpoint(each.route)(_answer_of(each, resources))
        for each in routes
        if each.route.function == function
    }

    def handler(event: Event, context: Any) -> Response:
        return handlers[route_method(event), event["resource"]](event, context)

    return handler


def _answer_of(each: ResourceRoute, resources: Resources) -> Any:
    def answer(call: AnyStripeCall) -> StripeAnswer:
        return OPERATIONS[each.operation](Request(resources, each.resource, call))

    return answer
