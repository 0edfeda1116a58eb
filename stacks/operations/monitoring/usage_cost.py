"""The cost of use as a metric math expression: AWS's free metrics times the modeled cost of a request.

The model is the layer's (`paysandbox/metrics/usage_cost.py`). Three metrics represent all of it, because an alarm is
billed for each metric in it:
- requests of each of the two APIs: each invokes its function for an assumed time, at most once the function that stores
  requests, reads an item, is stored, has entries in the feed, and writes a few kilobytes of logs. X-Ray traces the
  first request of each second, and 1% of the others.
- write units consumed on the ledger. Each write is assumed to update every index, although an idempotency record does
  not.
Fixed costs (keys, alarms, the dashboard) are not included: see `docs/how-to/operate.md`.
"""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from paysandbox.metrics import usage_cost
from paysandbox.metrics.price_list import PICODOLLARS, TRACE, WRITE_UNIT
from stacks.operations.monitoring.metrics import APIS, NATIVE, Metrics

TRACED_OF_THE_REST: Final = usage_cost.TRACED_PERCENT_OF_THE_REST / 100
"""The share of requests that X-Ray traces beyond the first of each second."""
# With the entries of the event that it causes, and of the event's delivery to one endpoint.
_REQUEST: Final = usage_cost.REQUEST + (usage_cost.FEED_WRITES - 1) * WRITE_UNIT

DAY_S: Final = 86_400


class UsageCost:
    """The cost expressions over one environment's metrics, for any period."""

    def __init__(self, metrics: Metrics, *, ledger: str) -> None:
        requests = {api: metrics.gateway("Count", "SampleCount", f"requests of {api}", api=api) for api in APIS}
        self._using = requests | {"ledger_writes": metrics.table(ledger, "ConsumedWriteCapacityUnits", "ledger writes")}

    def per(self, period: cdk.Duration) -> cloudwatch.MathExpression:
        """Return the cost in each period, in US dollars."""
        return self._expression(_EXPRESSION, "US dollars", period)

    def parts(self, period: cdk.Duration) -> list[cloudwatch.MathExpression]:
        """Return the parts of the cost in each period, in US dollars."""
        return [self._expression(part, label, period) for label, part in _PARTS.items()]

    def today(self) -> cloudwatch.MathExpression:
        """Return the cost since midnight UTC, in US dollars: a running sum, of which the last value counts.

        It must be shown over at least a day.
        """
        return self._since(f"FLOOR(EPOCH({NATIVE})/{DAY_S})", "today", cdk.Duration.hours(1))

    def this_month(self) -> cloudwatch.MathExpression:
        """Return the cost since the first of the month (UTC), in US dollars. It must be shown over 31 days."""
        # The day number less the day of the month: constant within a month, and higher in the next.
        return self._since(f"FLOOR(EPOCH({NATIVE})/{DAY_S})-DATE({NATIVE})", "this month", cdk.Duration.hours(1))

    def _since(self, span: str, label: str, period: cdk.Duration) -> cloudwatch.MathExpression:
        """Return the running sum over the points in the same span as the last one."""
        return self._expression(f"RUNNING_SUM(IF(({span})==MAX({span}),{_EXPRESSION},0))", label, period)

    def _expression(self, expression: str, label: str, period: cdk.Duration) -> cloudwatch.MathExpression:
        using: dict[str, cloudwatch.IMetric] = {**self._using}
        return cloudwatch.MathExpression(expression=expression, using_metrics=using, label=label, period=period)


def _usd(picodollars: int) -> str:
    """Format a cost in US dollars without an exponent, which metric math does not support."""
    return f"{picodollars / PICODOLLARS:.15f}".rstrip("0")


# What is unused has no data points, and a sum with a missing value is missing, so each term is filled with 0.
_REQUESTS: Final = "(" + "+".join(f"FILL({api},0)" for api in APIS) + ")"
_SECONDS: Final = f"PERIOD({NATIVE})"
_TRACED: Final = f"IF({_REQUESTS}>{_SECONDS},{_SECONDS}+{TRACED_OF_THE_REST}*({_REQUESTS}-{_SECONDS}),{_REQUESTS})"
_PARTS: Final[Mapping[str, str]] = {
    **{title: f"FILL({api},0)*{_usd(_REQUEST)}" for api, title in APIS.items()},
    "Payments written by both": f"FILL(ledger_writes,0)*{_usd(usage_cost.LEDGER_WRITES * WRITE_UNIT)}",
    "Traces of both": f"{_TRACED}*{_usd(TRACE)}",
}
_EXPRESSION: Final = "+".join(_PARTS.values())
