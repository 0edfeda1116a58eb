"""What API Gateway calls: a function, or an alias of it.

A function that several routes share has an alias of each, since Lambda counts calls, errors and durations of an alias
for itself and for nothing: so they are told apart as if each had a function of its own. The local engine would start a
worker for each alias.
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
    """Whether new code reaches the callers of this route gradually (`stacks.rollout`)."""
    return environment.gradual_rollout and route in _GRADUAL


def alias_of(environment: Environment, route: Route) -> str | None:
    """The alias that a route's callers reach; None where they reach the function itself."""
    if route.function is not None:
        return route.name if environment.route_aliases else None
    return LIVE if is_gradual(environment, route) else None


def called_name(environment: Environment, route: Route) -> str:
    """The name, with the alias if there is one."""
    return ":".join(filter(None, (environment.named(route.function_name), alias_of(environment, route))))


def make_aliases(environment: Environment, function: lambda_.Function, row: Function) -> None:
    """The aliases of a function's routes whose callers reach new code at once."""
    for route in row.routes:
        alias = alias_of(environment, route)
        if alias is not None and not is_gradual(environment, route):
            lambda_.Alias(
                cdk.Stack.of(function),
                f"{route.name}_alias",
                alias_name=alias,
                version=function.latest_version,
            )
