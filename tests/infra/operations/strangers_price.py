"""What strangers can make an environment cost in a day, computed from its templates and stacks/operations/prices.py.

    python -m tests.infra.operations.strangers_price

They send all that the stages let through: to each method that takes no key, to each donor's (anyone can sign up), and
invented keys to the Stripe-compatible API, up to the limit of the account. API Gateway does not charge for a request
that it throttles, or whose key it refuses (Amazon API Gateway Pricing), but the authorizer of an invented key runs, and
each request has a line in the access log. The cost is modeled: a method without a key is taken for one that runs as
long as a payment's and writes an item.
"""

import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

from paysandbox.metrics.usage_cost import FUNCTION_MS_OF_A_REQUEST, LOG_BYTES_OF_A_REQUEST, MEMORY_MB
from stacks.api.gateway import ACCOUNT_LIMITS
from stacks.operations.prices import BYTES_OF_A_GB, Item, usd
from tests.infra.templates import Synthesized, method_limits, templates_for

SECONDS_OF_A_DAY: Final = 86_400
AUTHORIZER_MS: Final = 10
ACCESS_LOG_BYTES: Final = 500
WRITE_UNITS_OF_A_REQUEST: Final = 2


class OpenMethod(NamedTuple):
    """A method that strangers may call: requests per second, and whether a function runs."""

    stack: str
    method: str
    per_s: float
    runs_function: bool


def open_methods(synthesized: Synthesized) -> Iterator[OpenMethod]:
    """Yield what needs no key: public methods, preflights, and those of donors."""
    for stack in ("api", "v1"):
        paths = synthesized.in_stack(stack, "AWS::ApiGateway::RestApi").properties["Body"]["paths"]
        limits = method_limits(synthesized, stack)
        for path, operations in paths.items():
            for verb, operation in operations.items():
                method = f"{verb.upper()} {path}"
                if operation["security"] in ([], [{"Donor": []}]):
                    is_mock = operation["x-amazon-apigateway-integration"]["type"] == "mock"
                    yield OpenMethod(stack, method, limits.get(method, limits["* /*"])[0], not is_mock)


def worst_day(synthesized: Synthesized) -> dict[Item, float]:
    """Return the usage of a day on which strangers send all that they can, by item of the price table."""
    methods = [*open_methods(synthesized)]
    opened = sum(method.per_s for method in methods) * SECONDS_OF_A_DAY
    running = sum(method.per_s for method in methods if method.runs_function) * SECONDS_OF_A_DAY
    invented = ACCOUNT_LIMITS.per_s * SECONDS_OF_A_DAY - opened
    run_s = (running * FUNCTION_MS_OF_A_REQUEST + invented * AUTHORIZER_MS) / 1_000
    logged = (opened + invented) * ACCESS_LOG_BYTES + running * LOG_BYTES_OF_A_REQUEST
    return {
        Item.GATEWAY_REQUEST: opened,
        Item.FUNCTION_REQUEST: running + invented,
        Item.FUNCTION_GB_S: run_s * MEMORY_MB / 1_024,
        Item.WRITE_UNIT: running * WRITE_UNITS_OF_A_REQUEST,
        Item.LOG_GB: logged / BYTES_OF_A_GB,
    }


if __name__ == "__main__":
    for name in ("dev", "staging", "prod"):
        made = templates_for(env=name)
        methods = [*open_methods(made)]
        sys.stdout.write(
            f"{name}: {len(methods)} methods, {sum(one.per_s for one in methods):,.0f} requests a second\n"
        )
        day = worst_day(made)
        for item, amount in day.items():
            sys.stdout.write(f"  {item}: {amount:,.0f}, {usd({item: amount}, beyond_free=False):,.2f} USD\n")
        sys.stdout.write(f"  a day: {usd(day, beyond_free=False):,.2f} USD\n")
