"""What strangers can make an environment cost in a day, computed from its templates and stacks/operations/prices.py.

    python -m tests.infra.operations.strangers_price

They send all that the stages let through: to each method that takes no key, to each donor's (anyone can sign up), and
invented keys to the Stripe-compatible API, up to the limit of the account. The cost is modeled:

- API Gateway does not charge for a request that it throttles, or whose key it or the authorizer refuses. Its pricing
  page no longer says so; AWS's staff does (re:Post, "will i get charged for these invalid api key quota exceeded or
  throttled request errors").
- Each invented key runs the authorizer, which reads a key that does not exist. A pattern that the header must match
  (`identityValidationExpression`) would not help: an invented key can have the form of a real one.
- Each request has a line in the access log, of the longest route.
- A method without a key runs for as long as a payment if it has a grant, and writes an item if it may. Its log line is
  as long as strangers can make one.

Not bounded here: what the firewall inspects, which AWS WAF charges for before anything is throttled.
"""

import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

from api_reference.routes import ROUTES
from paysandbox.http.route import Route
from paysandbox.metrics.usage_cost import (
    FUNCTION_MS_OF_A_REQUEST,
    LOG_BYTES_OF_A_STRANGERS_REQUEST,
    MEMORY_MB,
    READ_UNITS_OF_A_REQUEST,
)
from paysandbox.stripe_api.routes import DEPLOYED
from stacks.api.gateway import ACCESS_LOG, ACCOUNT_LIMITS, KEY_ID
from stacks.operations.prices import BYTES_OF_A_GB, DAYS_OF_A_MONTH, Item, usd
from tests.infra.templates import Synthesized, method_limits, templates_for

SECONDS_OF_A_DAY: Final = 86_400
# As benchmarks/cost/latency.py models a function with one call of DynamoDB and no other work, in 512 MB of memory.
AUTHORIZER_MS: Final = 8
AUTHORIZER_READ_UNITS: Final = 0.5
# Of a page or a file from the layer, without a call of AWS.
STATIC_MS: Final = 10
WRITE_UNITS_OF_A_REQUEST: Final = 2
_WRITES: Final = frozenset({"BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"})

# CloudWatch Logs counts these in addition to each line ("PutLogEvents", API reference).
LINE_OVERHEAD_BYTES: Final = 26
# Of a request with an invented key, which has the longest line: another one has no key's ID, or no route.
_ACCESS_LOG_VALUES: Final = {
    "request_id": 36,
    "method": len("DELETE"),
    "status": len("403"),
    "refused_as": len("INVALID_API_KEY"),
    "integration_status": len("-"),
    "latency_ms": len("100"),
    KEY_ID: len("unknown"),
}


class OpenMethod(NamedTuple):
    """A method that strangers may call: requests per second, and whether a function runs, calls AWS, and writes."""

    stack: str
    method: str
    per_s: float
    runs_function: bool
    calls_aws: bool
    writes: bool


def open_methods(synthesized: Synthesized) -> Iterator[OpenMethod]:
    """Yield what needs no key: public methods, preflights, and those of donors."""
    for stack, routes in (("api", ROUTES), ("v1", DEPLOYED)):
        by_method = {f"{route.method} {route.path}": route for route in routes}
        paths = synthesized.in_stack(stack, "AWS::ApiGateway::RestApi").properties["Body"]["paths"]
        limits = method_limits(synthesized, stack)
        for path, operations in paths.items():
            for verb, operation in operations.items():
                method = f"{verb.upper()} {path}"
                if operation["security"] in ([], [{"Donor": []}]):
                    route = by_method.get(method) or by_method.get(f"GET {path}")
                    runs = operation["x-amazon-apigateway-integration"]["type"] != "mock"
                    per_s = limits.get(method, limits["* /*"])[0]
                    yield OpenMethod(stack, method, per_s, runs, *(_effects(route) if runs else (False, False)))


def _effects(route: Route | None) -> tuple[bool, bool]:
    """Return whether a route's function calls AWS, and writes, by its grants."""
    if route is None:
        return True, True
    return bool(route.grants), any(not _WRITES.isdisjoint(grant.actions) for grant in route.grants)


def access_line_bytes(synthesized: Synthesized) -> int:
    """Return the bytes of a line of the access log, of a request with the longest route."""
    longest = max(
        len(path)
        for stack in ("api", "v1")
        for path in synthesized.in_stack(stack, "AWS::ApiGateway::RestApi").properties["Body"]["paths"]
    )
    values = [{"route": longest, **_ACCESS_LOG_VALUES}[name] for name in (*ACCESS_LOG, KEY_ID)]
    return sum(values) + len(values) - 1 + LINE_OVERHEAD_BYTES


def worst_day(synthesized: Synthesized) -> dict[Item, float]:
    """Return the usage of a day on which strangers send all that they can, by item of the price table."""
    methods = [*open_methods(synthesized)]

    def requests(*wanted: OpenMethod) -> float:
        return sum(method.per_s for method in wanted) * SECONDS_OF_A_DAY

    opened = requests(*methods)
    running = requests(*(method for method in methods if method.runs_function))
    calling = requests(*(method for method in methods if method.calls_aws))
    writing = requests(*(method for method in methods if method.writes))
    invented = ACCOUNT_LIMITS.per_s * SECONDS_OF_A_DAY - opened
    run_s = (calling * FUNCTION_MS_OF_A_REQUEST + (running - calling) * STATIC_MS + invented * AUTHORIZER_MS) / 1_000
    logged = (opened + invented) * access_line_bytes(synthesized) + running * (
        LOG_BYTES_OF_A_STRANGERS_REQUEST + LINE_OVERHEAD_BYTES
    )
    return {
        Item.GATEWAY_REQUEST: opened,
        Item.FUNCTION_REQUEST: running + invented,
        Item.FUNCTION_GB_S: run_s * MEMORY_MB / 1_024,
        Item.READ_UNIT: calling * READ_UNITS_OF_A_REQUEST + invented * AUTHORIZER_READ_UNITS,
        Item.WRITE_UNIT: writing * WRITE_UNITS_OF_A_REQUEST,
        Item.LOG_GB: logged / BYTES_OF_A_GB,
    }


def firewall_day(requests_per_s: float) -> dict[Item, float]:
    """Return what the firewall adds to a day on which strangers send this much, whether it blocks them or not."""
    return {
        Item.WEB_ACL_MONTH: 1 / DAYS_OF_A_MONTH,
        Item.WEB_ACL_RULE_MONTH: 1 / DAYS_OF_A_MONTH,
        Item.WEB_ACL_REQUEST: requests_per_s * SECONDS_OF_A_DAY,
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
        of_firewall = usd(firewall_day(ACCOUNT_LIMITS.per_s), beyond_free=False)
        sys.stdout.write(f"  with the firewall also, at the account's limit: {of_firewall:,.2f} USD\n")
