"""What API Gateway invokes for each route: of those that move money an alias, of the others the function itself.

The alias exists in every environment on AWS, whether or not new code is rolled out gradually (`stacks.api.rollout`):
the API is deployed after the functions, and would call an alias that a setting had removed until then. On the local
engine there are no aliases, as it would start a worker for each.
"""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from paysandbox.http.route import Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, REFUND_PAYMENT, VOID_PAYMENT
from stacks.environments import Environment

LIVE: Final = "live"
MONEY_ROUTES: Final = (AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, VOID_PAYMENT, REFUND_PAYMENT)
"""Routes that move money, each with a function of its name. Increments share that of captures, and so its alias."""
_OF_MONEY: Final = frozenset(route.function_name for route in MONEY_ROUTES)


def has_alias(environment: Environment, route: Route) -> bool:
    """Return whether API Gateway invokes the alias of the route's function instead of the function itself."""
    return environment.live_aliases and route.function_name in _OF_MONEY


def called_name(environment: Environment, route: Route) -> str:
    """Return the function's name, qualified by the alias if it has one."""
    function = environment.named(route.function_name)
    return f"{function}:{LIVE}" if has_alias(environment, route) else function


def make_alias(function: lambda_.Function, route: Route) -> lambda_.Alias:
    """Create the alias of a route's function, of a version of its own: CodeDeploy cannot shift from $LATEST."""
    return lambda_.Alias(
        cdk.Stack.of(function),
        f"{route.name}_alias",
        alias_name=LIVE,
        # jsii's class and its own interface name a parameter differently.
        version=function.current_version,  # pyright: ignore[reportArgumentType] - jsii's class and its own interface differ
    )
