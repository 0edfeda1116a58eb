# pyright: standard
"""`answer_resources(function)`: the handler of all routes of declared resources that a function answers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, Final

from paysandbox.core.record import replace
from paysandbox.http.dispatch import Handle, load_handler, route_method
from paysandbox.http.middleware import Response
from paysandbox.http.request import Event
from paysandbox.http.route import Route
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.resource_kit.declaration import Action, Resource, Resources, Together
from paysandbox.stripe_api.resource_kit.operations import HELD_OPERATIONS, OPERATIONS, Operate, Request
from paysandbox.stripe_api.resource_kit.routes import ResourceRoute

_NONE: Final[Mapping[str, Together]] = {}


def answer_resources(
    function: str,
    routes: Sequence[ResourceRoute],
    *,
    resources: Resources,
    together: Mapping[str, Together] = _NONE,
    own: Iterable[Route] = (),
) -> Handle:
    """Make the handler. It answers each request by the operation that its route declares.

    `together` replaces what a resource declares, by its object: where that needs more than the kit's objects. Routes
    that have a handler of their `own` share the function. Their modules are imported at their first request.
    """
    resources = {name: _with(each, together.get(name)) for name, each in resources.items()}
    handlers = {
        (each.route.method, each.route.path): stripe_endpoint(each.route)(answering(each, resources))
        for each in routes
        if each.route.function == function
    }

    apart = [route for route in own if route.function == function and route.handler_name is None]
    by_address = {(route.method, route.path): route for route in apart}

    def handler(event: Event, context: Any) -> Response:
        address = route_method(event), event["resource"]
        if address in by_address:
            return load_handler(by_address[address])(event, context)
        return handlers[address](event, context)

    return handler


def _with(resource: Resource, together: Together | None) -> Resource:
    return replace(resource, rules=replace(resource.rules, together=together)) if together else resource


def _operate(each: ResourceRoute) -> Operate:
    """Return the function that answers an operation of the kit, or an action, whose module it imports."""
    operation, holder = each.operation, each.resource.rules.holder
    if isinstance(operation, Action):
        return getattr(import_module(operation.module), operation.name)
    return (HELD_OPERATIONS if holder and holder.routes else OPERATIONS)[operation]


def answering(each: ResourceRoute, resources: Resources) -> Callable[[AnyStripeCall], StripeAnswer]:
    """Return the function that answers a route of a resource."""

    def answer(call: AnyStripeCall) -> StripeAnswer:
        resource = resources[each.resource.object]
        return _operate(each)(Request(resources, resource, resource.rules.acts_for(call)))

    return answer
