"""What use costs: counts that AWS keeps anyway, times the price table, as a metric math expression.

Modelled. Five metrics stand for all of it, because an alarm pays for each metric in it:
- requests: the gateway's; each is a call of its function and at most one of the function that keeps requests,
  and some kilobytes of log. The first request of a second is traced, and a twentieth of the others.
- their integration latency stands for Lambda's duration: a little more than is billed, never less.
- units consumed on the tables; each write is taken to touch every index, which a claim, say, does not.
What stands still (keys, alarms, the dashboard) is not in it: `docs/how-to/operate.md` has that.
"""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from paysandbox.aws import schema
from stacks.functions import MEMORY_MB
from stacks.monitoring.metrics import Metrics
from stacks.prices import BYTES_OF_A_GB, PRICES, Item

# Of one request: its line, three of Lambda's own, the gateway's access log.
LOG_BYTES_OF_A_REQUEST: Final = 3_000
TRACED_OF_THE_REST: Final = 0.05

# The ledger's item is written to the table and to each index that it has a key of; a kept request to both of its own.
LEDGER_WRITES: Final = 1 + len(schema.INDEXES)
REQUEST_LOG_WRITES: Final = 2

DAY_S: Final = 86_400


def _usd(item: Item) -> float:
    return PRICES[item].usd


REQUEST_USD: Final = (
    _usd(Item.GATEWAY_REQUEST)
    + 2 * _usd(Item.FUNCTION_REQUEST)
    + LOG_BYTES_OF_A_REQUEST / BYTES_OF_A_GB * _usd(Item.LOG_GB)
)
MS_USD: Final = MEMORY_MB / 1024 / 1000 * _usd(Item.FUNCTION_GB_S)


class UsageCost:
    """The expression over one environment's metrics, for any period."""

    def __init__(self, metrics: Metrics, *, ledger: str, request_log: str) -> None:
        self._using = {
            "requests": metrics.gateway("Count", "SampleCount", "requests"),
            "latency_ms": metrics.gateway("IntegrationLatency", "Sum", "function time"),
            "ledger_writes": metrics.table(ledger, "ConsumedWriteCapacityUnits", "ledger writes"),
            "ledger_reads": metrics.table(ledger, "ConsumedReadCapacityUnits", "ledger reads"),
            "log_writes": metrics.table(request_log, "ConsumedWriteCapacityUnits", "request log writes"),
        }

    def per(self, period: cdk.Duration) -> cloudwatch.MathExpression:
        """US dollars in each period."""
        return self._expression(_EXPRESSION, "US dollars", period)

    def today(self) -> cloudwatch.MathExpression:
        """US dollars since midnight UTC, to be shown over a day at least: a running sum whose last value counts."""
        return self._since(f"FLOOR(EPOCH(requests)/{DAY_S})", "today", cdk.Duration.hours(1))

    def this_month(self) -> cloudwatch.MathExpression:
        """US dollars since the first of the month (UTC), to be shown over 31 days."""
        # The number of the day less the day of the month: the same all month, and more in the next.
        return self._since(f"FLOOR(EPOCH(requests)/{DAY_S})-DATE(requests)", "this month", cdk.Duration.hours(1))

    def _since(self, span: str, label: str, period: cdk.Duration) -> cloudwatch.MathExpression:
        """The running sum over the points that lie in the same span as the last one."""
        return self._expression(f"RUNNING_SUM(IF(({span})==MAX({span}),{_EXPRESSION},0))", label, period)

    def _expression(self, expression: str, label: str, period: cdk.Duration) -> cloudwatch.MathExpression:
        using: dict[str, cloudwatch.IMetric] = {**self._using}
        return cloudwatch.MathExpression(expression=expression, using_metrics=using, label=label, period=period)


def _number(amount: float) -> str:
    """Without an exponent: the syntax of metric math has none."""
    return f"{amount:.15f}".rstrip("0")


# A table that nobody used has no data points, and nothing plus something would be nothing.
_TRACED: Final = (
    f"IF(requests>PERIOD(requests),PERIOD(requests)+{TRACED_OF_THE_REST}*(requests-PERIOD(requests)),requests)"
)
_EXPRESSION: Final = "+".join(
    (
        f"FILL(requests,0)*{_number(REQUEST_USD)}",
        f"FILL({_TRACED},0)*{_number(_usd(Item.TRACE))}",
        f"FILL(latency_ms,0)*{_number(MS_USD)}",
        f"FILL(ledger_writes,0)*{_number(LEDGER_WRITES * _usd(Item.WRITE_UNIT))}",
        f"FILL(ledger_reads,0)*{_number(_usd(Item.READ_UNIT))}",
        f"FILL(log_writes,0)*{_number(REQUEST_LOG_WRITES * _usd(Item.WRITE_UNIT))}",
    )
)
