# pyright: standard
"""The routes of a declared resource. They share two functions: one reads, and one writes."""

from typing import Any, Final

from paysandbox.aws.resources import BIND_SHARED_KEY, READ_HASHING_KEYS, STRIPE_OBJECTS, Grant
from paysandbox.aws.schema import STRIPE_OBJECTS_BY_EMAIL, STRIPE_OBJECTS_BY_MERCHANT
from paysandbox.core.errors import Code
from paysandbox.core.record import record
from paysandbox.http.route import BY_KEY, Access, Api, Route
from paysandbox.stripe_api.objects.expand import grants_to_expand
from paysandbox.stripe_api.requests import Retrieve, Search
from paysandbox.stripe_api.resource_kit.declaration import (
    Action,
    Answering,
    HeldRoutes,
    Resource,
    Resources,
    any_customer,
)
from paysandbox.stripe_api.resource_kit.parameters import Operation, shape_of

READ_STRIPE_OBJECTS: Final = "read_stripe_objects"
WRITE_STRIPE_OBJECTS: Final = "write_stripe_objects"

_COMMON: Final[dict[str, Any]] = {
    "group": "stripe_api",
    "api": Api.V1,
    "access": Access.V1_KEY,
    "answer": None,
}
_READS: Final[dict[str, Any]] = {
    **_COMMON,
    "function": READ_STRIPE_OBJECTS,
    "handler_name": READ_STRIPE_OBJECTS,
    "method": "GET",
}
_WRITES: Final[dict[str, Any]] = {**_COMMON, "function": WRITE_STRIPE_OBJECTS, "handler_name": WRITE_STRIPE_OBJECTS}


@record
class ResourceRoute:
    """A route, and the operation or the action of a resource that it is for."""

    route: Route
    resource: Resource
    operation: Operation | Action


def routes_of(resource: Resource, resources: Resources) -> tuple[ResourceRoute, ...]:
    """Return the routes of a resource, which is one of `resources`."""
    holder = resource.rules.holder
    if holder is None or holder.routes is None:
        operations = _routes_of_kit(resource)
    else:
        operations = _routes_of_held(resource, resources[holder.object], holder.routes)
    answered = resource.routes.operations
    own = [ResourceRoute(_route_of(action, resource), resource, action) for action in resource.routes.actions]
    return (
        *(each for each in own if each.route.path == each.resource.path),
        *(
            ResourceRoute(route, resource, operation)
            for operation, route in operations.items()
            if answered is None or operation in answered
        ),
        *(each for each in own if each.route.path != each.resource.path),
    )


def _route_of(action: Action, resource: Resource) -> Route:
    """Return the route of a verb."""
    body = shape_of(resource, action.of) if action.of else action.body
    # A DELETE without parameters expands nothing.
    shows = action.shows or resource.object if body or action.query else None
    return Route(
        name=action.route or f"{action.name}_{resource.singular}",
        method=action.method,
        path=action.path,
        summary=action.summary,
        body=body,
        query=action.query,
        accepts_headers=action.headers,
        function=action.by.function,
        handler_name=action.by.handler_name,
        grants=_with_expanded(action.grants, shows),
        needs=action.needs,
        refusals=action.refusals,
        idempotency=BY_KEY if action.method == "POST" else None,
        shows=shows,
        **_COMMON,
    )


def _with_expanded(grants: tuple[Grant, ...], shown: str | None) -> tuple[Grant, ...]:
    return tuple(dict.fromkeys((*grants, *(grants_to_expand(shown) if shown else ()))))


def _routes_of_held(held: Resource, holder: Resource, routes: HeldRoutes) -> dict[Operation, Route]:
    """Return the routes of objects that others hold. To read or write one is to read or write its holder."""
    path, of_one = f"{holder.path}/{{id}}/{routes.part}", f"a {routes.singular} of {holder.one}"
    reads = _answered_by(held.routes.rights.read_by, _READS) | {
        "shows": held.object,
        "grants": _with_expanded((Grant(STRIPE_OBJECTS, ("GetItem",)),), held.object),
        "refusals": (Code.RESOURCE_NOT_FOUND,),
    }
    return {
        "list": Route(
            name=f"list_{held.name}",
            path=path,
            summary=f"List the {routes.part} of {holder.one}",
            query=routes.list,
            **reads,
        ),
        "get": Route(
            name=f"get_{held.singular}",
            path=f"{path}/{{{routes.singular}}}",
            summary=f"Get {of_one}",
            query=Retrieve,
            **reads,
        ),
        "update": Route(
            name=f"update_{held.singular}",
            method="POST",
            path=f"{path}/{{{routes.singular}}}",
            summary=f"Update {of_one}",
            body=routes.update,
            grants=_with_expanded(
                (BIND_SHARED_KEY, Grant(STRIPE_OBJECTS, ("GetItem", "PutItem")), READ_HASHING_KEYS), held.object
            ),
            refusals=(Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_CHANGES),
            idempotency=BY_KEY,
            shows=held.object,
            **_answered_by(held.routes.rights.updated_by, _WRITES),
        ),
    }


def _routes_of_kit(resource: Resource) -> dict[Operation, Route]:
    """Return the routes of objects that are stored by themselves."""
    noun, path, rights = resource.noun, resource.path, resource.routes.rights
    named = f"{path}/{{id}}"
    stripes = "stripe_" if resource.routes.is_native_name else ""
    singular, plural = f"{stripes}{resource.singular}", f"{stripes}{resource.name}"
    # What is included is read together, as what is expanded is.
    included = (Grant(STRIPE_OBJECTS, ("BatchGetItem",)),) if resource.shown.included else ()
    expands = tuple(dict.fromkeys((*included, *grants_to_expand(resource.object))))
    unknown = Code.RESOURCE_NOT_FOUND if resource.rules.unknown is None else Code.FORBIDDEN
    names = (
        (Grant(STRIPE_OBJECTS, ("GetItem",)),)
        if any(each.create for each in resource.naming.values()) or rights.create
        else ()
    )
    is_by_customer = resource.routes.customer_of is not any_customer
    by_customer = (Grant(STRIPE_OBJECTS, ("Query",), STRIPE_OBJECTS_BY_EMAIL),) if is_by_customer else ()
    shows: dict[str, Any] = {"shows": resource.object}
    reads = _answered_by(rights.read_by, _READS) | shows
    updates = _answered_by(rights.updated_by, _WRITES) | shows
    create = Route(
        name=f"create_{singular}",
        method="POST",
        path=path,
        summary=f"Create {resource.one}",
        body=shape_of(resource, "create"),
        grants=(
            BIND_SHARED_KEY,
            Grant(STRIPE_OBJECTS, ("PutItem",)),
            READ_HASHING_KEYS,
            *names,
            *expands,
            *rights.create,
        ),
        needs=rights.needs,
        refusals=((Code.RESOURCE_NOT_FOUND,) if names or rights.create else ()) + resource.routes.refusals,
        idempotency=BY_KEY,
        **_WRITES,
        **shows,
    )
    listed = Route(
        name=f"list_{plural}",
        path=path,
        summary=f"List {noun}s",
        query=shape_of(resource, "list"),
        grants=(
            Grant(STRIPE_OBJECTS, ("GetItem", "BatchGetItem")),
            Grant(STRIPE_OBJECTS, ("Query",), STRIPE_OBJECTS_BY_MERCHANT),
            *by_customer,
            *expands,
        ),
        refusals=(Code.RESOURCE_NOT_FOUND,),
        **reads,
    )
    get = Route(
        name=f"get_{singular}",
        path=named,
        summary=f"Get {resource.one}",
        query=Retrieve,
        grants=(Grant(STRIPE_OBJECTS, ("GetItem",)), *expands),
        refusals=(unknown,),
        **reads,
    )
    search = Route(
        name=f"search_{plural}",
        path=f"{path}/search",
        summary=f"Search {noun}s",
        query=Search,
        grants=(
            Grant(STRIPE_OBJECTS, ("BatchGetItem",)),
            Grant(STRIPE_OBJECTS, ("Query",), STRIPE_OBJECTS_BY_MERCHANT),
            *expands,
        ),
        refusals=(),
        **reads,
    )
    update = Route(
        name=f"update_{singular}",
        method="POST",
        path=named,
        summary=f"Update {resource.one}",
        body=shape_of(resource, "update"),
        grants=(
            # A function that changes payments stores keys with them.
            *((BIND_SHARED_KEY,) if rights.updated_by is None else ()),
            Grant(STRIPE_OBJECTS, ("GetItem", "PutItem")),
            READ_HASHING_KEYS,
            *expands,
            *rights.update,
        ),
        needs=rights.needs if rights.update_needs_them else (),
        refusals=tuple(dict.fromkeys((unknown, Code.TOO_MANY_CHANGES, *resource.routes.refusals))),
        idempotency=BY_KEY,
        **updates,
    )
    delete = Route(
        name=f"delete_{singular}",
        method="DELETE",
        path=named,
        summary=f"Delete {resource.one}",
        grants=(Grant(STRIPE_OBJECTS, ("GetItem", "PutItem")),),
        refusals=(unknown,),
        **_WRITES,
    )
    operations: dict[Operation, Route] = {"create": create, "list": listed, "get": get, "update": update}
    if resource.routes.searched:
        operations["search"] = search
    if resource.routes.deletion:
        operations["delete"] = delete
    return operations


def _answered_by(other: Answering | None, usual: dict[str, Any]) -> dict[str, Any]:
    """Return what routes have in common, if another function answers them."""
    return usual if other is None else usual | {"function": other.function, "handler_name": other.handler_name}
