"""The cost of use as a metric math expression: AWS's free metrics times the price table.

Modelled. Two metrics represent all of it, because an alarm is billed for each metric in it:
- requests of the gateway: each invokes its function for an assumed time, at most once the function that stores
  requests, reads an item, is stored, and writes a few kilobytes of logs. X-Ray traces the first request of each second,
  and 5% of the others.
- write units consumed on the ledger. Each write is assumed to update every index, although an idempotency record does
  not.
Fixed costs (keys, alarms, the dashboard) are not included: see `docs/how-to/operate.md`.
"""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from paysandbox.aws import schema
from stacks.functions import PAYMENT_MEMORY_MB
from stacks.monitoring.metrics import Metrics
from stacks.prices import BYTES_OF_A_GB, PRICES, Item

# Per request: its own line, a line of the gateway's access log, and room for what Lambda says of a failed run.
LOG_BYTES_OF_A_REQUEST: Final = 3_000
TRACED_OF_THE_REST: Final = 0.05
# Assumed, and above the modelled mean of a capture (`benchmarks/modelled.py`), the longest of the frequent requests.
# One that waits for Stripe or takes a cold start lasts longer: at a second, it costs almost three times the estimate.
FUNCTION_MS_OF_A_REQUEST: Final = 50
READ_UNITS_OF_A_REQUEST: Final = 1

# A ledger write also updates each index that the item has a key of. A stored request has a table write and an index
# write.
LEDGER_WRITES: Final = 1 + len(schema.INDEXES)
REQUEST_LOG_WRITES: Final = 2

DAY_S: Final = 86_400


def _usd(item: Item) -> float:
    return PRICES[item].usd


REQUEST_USD: Final = (
    _usd(Item.GATEWAY_REQUEST)
    + 2 * _usd(Item.FUNCTION_REQUEST)
    + LOG_BYTES_OF_A_REQUEST / BYTES_OF_A_GB * _usd(Item.LOG_GB)
    + FUNCTION_MS_OF_A_REQUEST / 1000 * PAYMENT_MEMORY_MB / 1024 * _usd(Item.FUNCTION_GB_S)
    + READ_UNITS_OF_A_REQUEST * _usd(Item.READ_UNIT)
    + REQUEST_LOG_WRITES * _usd(Item.WRITE_UNIT)
)


class UsageCost:
    """The cost expression over one environment's metrics, for any period."""

    def __init__(self, metrics: Metrics, *, ledger: str) -> None:
        self._using = {
            "requests": metrics.gateway("Count", "SampleCount", "requests"),
            "ledger_writes": metrics.table(ledger, "ConsumedWriteCapacityUnits", "ledger writes"),
        }

    def per(self, period: cdk.Duration) -> cloudwatch.MathExpression:
        """Return the cost in each period, in US dollars."""
        return self._expression(_EXPRESSION, "US dollars", period)

    def today(self) -> cloudwatch.MathExpression:
        """Return the cost since midnight UTC, in US dollars: a running sum, of which the last value counts.

        It must be shown over at least a day.
        """
        return self._since(f"FLOOR(EPOCH(requests)/{DAY_S})", "today", cdk.Duration.hours(1))

    def this_month(self) -> cloudwatch.MathExpression:
        """Return the cost since the first of the month (UTC), in US dollars. It must be shown over 31 days."""
        # The day number less the day of the month: constant within a month, and higher in the next.
        return self._since(f"FLOOR(EPOCH(requests)/{DAY_S})-DATE(requests)", "this month", cdk.Duration.hours(1))

    def _since(self, span: str, label: str, period: cdk.Duration) -> cloudwatch.MathExpression:
        """Return the running sum over the points in the same span as the last one."""
        return self._expression(f"RUNNING_SUM(IF(({span})==MAX({span}),{_EXPRESSION},0))", label, period)

    def _expression(self, expression: str, label: str, period: cdk.Duration) -> cloudwatch.MathExpression:
        using: dict[str, cloudwatch.IMetric] = {**self._using}
        return cloudwatch.MathExpression(expression=expression, using_metrics=using, label=label, period=period)


def _number(amount: float) -> str:
    """Format a number without an exponent, which metric math does not support."""
    return f"{amount:.15f}".rstrip("0")


# An unused table has no data points, and a sum with a missing value is missing, so each term is filled with 0.
_TRACED: Final = (
    f"IF(requests>PERIOD(requests),PERIOD(requests)+{TRACED_OF_THE_REST}*(requests-PERIOD(requests)),requests)"
)
_EXPRESSION: Final = "+".join(
    (
        f"FILL(requests,0)*{_number(REQUEST_USD)}",
        f"FILL({_TRACED},0)*{_number(_usd(Item.TRACE))}",
        f"FILL(ledger_writes,0)*{_number(LEDGER_WRITES * _usd(Item.WRITE_UNIT))}",
    )
)
