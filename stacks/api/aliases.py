"""The function or alias that API Gateway invokes for each route.

A function that several routes share has an alias for each. Lambda reports invocations, errors and durations per alias
at no cost, so each route has its own metrics. On the local engine there are no aliases, as it would start a worker for
each.
"""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from paysandbox.http.route import Function, Route
from paysandbox.payments import routes as payments
from stacks.environments import Environment

LIVE: Final = "live"
_GRADUAL: Final = frozenset(payments.ROUTES)


def is_gradual(environment: Environment, route: Route) -> bool:
    """Return whether new code reaches this route's callers gradually (`stacks.api.rollout`)."""
    return environment.gradual_rollout and route in _GRADUAL


def alias_name(route: Route) -> str:
    """Return the name of the route's alias."""
    return LIVE if route.function is None else route.name


def has_alias(environment: Environment, route: Route) -> bool:
    """Return whether API Gateway invokes an alias for this route instead of the function itself."""
    return is_gradual(environment, route) or (route.function is not None and environment.route_aliases)


def called_name(environment: Environment, route: Route) -> str:
    """Return the function's name, qualified by the alias if the route has one."""
    function = environment.named(route.function_name)
    return f"{function}:{alias_name(route)}" if has_alias(environment, route) else function


def make_aliases(environment: Environment, function: lambda_.Function, row: Function) -> None:
    """Create the aliases of a function's routes, except those that are rolled out gradually."""
    for route in row.routes:
        if has_alias(environment, route) and not is_gradual(environment, route):
            lambda_.Alias(
                cdk.Stack.of(function),
                f"{route.name}_alias",
                alias_name=alias_name(route),
                version=function.latest_version,
            )
