"""The dashboard: one page that shows, from top to bottom, health, traffic and cost.

At most fifty metrics, counting repeated ones: a dashboard with more is not free.
"""

from collections.abc import Iterable
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from paysandbox.core.metrics import Metric
from paysandbox.payments.routes import AUTHORIZE_PAYMENT
from stacks.api.payments_stack import EXPIRE_PAYMENTS
from stacks.environments import Environment
from stacks.operations.monitoring.metrics import FIVE_MINUTES, Metrics
from stacks.operations.monitoring.usage_cost import UsageCost
from stacks.workers.donations_stack import NOTIFICATIONS_QUEUE, PAYMENTS_QUEUE

WIDE: Final = 24
HALF: Final = 12
QUARTER: Final = 6
HEIGHT: Final = 6

_WAITED: Final = "ApproximateAgeOfOldestMessage"
_UNITS: Final = ("ConsumedWriteCapacityUnits", "ConsumedReadCapacityUnits")

Drawn = cloudwatch.Metric | cloudwatch.MathExpression


def draw(
    stack: cdk.Stack, environment: Environment, metrics: Metrics, cost: UsageCost, *, ledger: str
) -> cloudwatch.Dashboard:
    """Create the dashboard of an environment. `ledger` is the table's name."""
    rows = [
        [*_at_a_glance(metrics, cost)],
        [_traffic(metrics), _outcomes(metrics)],
        [_latency(metrics, environment), _errors(metrics)],
        [_throttles(metrics), _request_log(metrics)],
        [_sweep(metrics), _disbursements(metrics)],
        [_donations(metrics), _receipts(metrics)],
        [_units(metrics, ledger), _cost(cost, environment)],
    ]
    return cloudwatch.Dashboard(
        stack,
        "dashboard",
        dashboard_name=environment.named("payments"),
        default_interval=cdk.Duration.hours(3),
        widgets=rows,
    )


def _at_a_glance(metrics: Metrics, cost: UsageCost) -> Iterable[cloudwatch.IWidget]:
    yield _number("Approval rate, %", _approval_rate(metrics), trend=True)
    yield _number("Availability as probed, %", _percent("probed", metrics.count(Metric.PROBE_OK, "Average")))
    # Running sums, whose last point is the total since midnight or since the first of the month, UTC. One graph shows
    # both, since two would repeat the same metrics.
    both = "Estimated cost of use today, estimated cost of use this month, USD"
    yield _number(both, cost.today(), cost.this_month(), start="-P31D", width=HALF)


def _traffic(metrics: Metrics) -> cloudwatch.GraphWidget:
    # By API: by route, each new route would be one more of the fifty metrics.
    per_s = [
        _math(f"{api}/PERIOD({api})", {api: metrics.gateway("Count", "Sum", api, api=api)}, name)
        for api, name in (("native", "native API"), ("v1", "Stripe-compatible API"))
    ]
    return _graph("Requests per second by API", per_s, unit="per second")


def _outcomes(metrics: Metrics) -> cloudwatch.GraphWidget:
    counts = (Metric.APPROVED, Metric.DECLINED, Metric.CAPTURED, Metric.VOIDED, Metric.REFUNDED, Metric.REPLAYED,
              Metric.REFUSED, Metric.FAILED, Metric.DISPUTES_OPENED, Metric.DISPUTES_LOST)  # fmt: skip
    # Of the time that is shown: a dispute comes days after its capture.
    of_captures = "100*RUNNING_SUM(FILL(opened,0))/RUNNING_SUM(FILL(captured,0))"
    using = {"opened": metrics.count(Metric.DISPUTES_OPENED), "captured": metrics.count(Metric.CAPTURED)}
    rate = _math(of_captures, using, "disputed of captured, %")
    return _graph("Outcomes and replays; dispute rate", [metrics.count(c) for c in counts], right=[rate])


def _latency(metrics: Metrics, environment: Environment) -> cloudwatch.GraphWidget:
    felt = [metrics.gateway("Latency", f"p{p}", f"p{p} as the caller waits") for p in (50, 95, 99)]
    function = metrics.function(AUTHORIZE_PAYMENT.function_name, "Duration", "p95", "p95 in authorize_payment")
    promised = cloudwatch.HorizontalAnnotation(value=environment.p95_ms_max, label="p95 promised")
    return _graph("Latency", [*felt, function], unit="ms", lines=[promised])


def _errors(metrics: Metrics) -> cloudwatch.GraphWidget:
    answers = [metrics.gateway("4XXError", "Sum", "4xx"), metrics.gateway("5XXError", "Sum", "5xx")]
    answers.append(metrics.keyed_server_errors())
    return _graph("Refusals (4xx) and failures (5xx) of the gateway", answers)


def _throttles(metrics: Metrics) -> cloudwatch.GraphWidget:
    """Graph Lambda's throttles of the whole account. A usage plan's 429 is a 4xx of the gateway instead."""
    of_lambda = metrics.account("Throttles", "Sum", "Lambda throttles (of the account)")
    return _graph("Throttles", [of_lambda])


def _request_log(metrics: Metrics) -> cloudwatch.GraphWidget:
    return _graph("Request log", [metrics.count(Metric.LINES_DROPPED)])


def _sweep(metrics: Metrics) -> cloudwatch.GraphWidget:
    took = metrics.function(EXPIRE_PAYMENTS, "Duration", "Maximum", "longest run, ms")
    failed = metrics.function(EXPIRE_PAYMENTS, "Errors", label="failed runs")
    return _graph("Sweep of payments: due timers and expired holds", [took], right=[failed])


def _disbursements(metrics: Metrics) -> cloudwatch.GraphWidget:
    counts = [metrics.count(c) for c in (Metric.DISBURSEMENTS_PAID, Metric.DISBURSEMENTS_FAILED)]
    unresolved = metrics.count(Metric.DISBURSEMENTS_UNRESOLVED)
    return _graph("Disbursements; how many require attention", counts, right=[unresolved])


def _donations(metrics: Metrics) -> cloudwatch.GraphWidget:
    counts = [metrics.count(Metric.DONATIONS_SUCCEEDED), metrics.count(Metric.DONATIONS_DEAD_LETTERED)]
    waited = metrics.queue(PAYMENTS_QUEUE, _WAITED, "oldest event of Stripe's, s")
    return _graph("Donations; how long Stripe's events wait", counts, right=[waited])


def _receipts(metrics: Metrics) -> cloudwatch.GraphWidget:
    counts = [metrics.count(c) for c in (Metric.RECEIPTS_SENT, Metric.RECEIPTS_REFUSED, Metric.RECEIPTS_UNKNOWN)]
    waited = metrics.queue(NOTIFICATIONS_QUEUE, _WAITED, "oldest receipt, s")
    return _graph("Receipts; how long they wait", counts, right=[waited])


def _units(metrics: Metrics, ledger: str) -> cloudwatch.GraphWidget:
    units = [metrics.table(ledger, name, f"ledger {_short(name)}") for name in _UNITS]
    throttled = [metrics.table(ledger, "WriteThrottleEvents", "ledger write throttles")]
    return _graph("Units consumed; DynamoDB throttles", units, right=throttled)


def _cost(cost: UsageCost, environment: Environment) -> cloudwatch.GraphWidget:
    limit = environment.usage_cents_per_day_max
    lines = [cloudwatch.HorizontalAnnotation(value=limit / 100, label="alarm")] if limit else []
    day = cost.per(cdk.Duration.days(1))
    return _graph("Estimated cost of use by day (modeled)", [day], unit="USD", lines=lines, start="-P31D")


def _approval_rate(metrics: Metrics) -> cloudwatch.MathExpression:
    """Return the approval rate of authorizations that the bank answered in an hour. Replays do not reach the bank."""
    using = {"approved": metrics.count(Metric.APPROVED), "declined": metrics.count(Metric.DECLINED)}
    return _math(
        "100*FILL(approved,0)/(FILL(approved,0)+FILL(declined,0))", using, "approved, %", period=cdk.Duration.hours(1)
    )


def _percent(name: str, metric: cloudwatch.Metric) -> cloudwatch.MathExpression:
    return _math(f"100*{name}", {name: metric}, "%")


def _math(
    expression: str, using: dict[str, cloudwatch.Metric], label: str, *, period: cdk.Duration = FIVE_MINUTES
) -> cloudwatch.MathExpression:
    known: dict[str, cloudwatch.IMetric] = {**using}
    return cloudwatch.MathExpression(expression=expression, using_metrics=known, label=label, period=period)


def _short(name: str) -> str:
    return name.removeprefix("Consumed").removesuffix("CapacityUnits").lower()


def _number(
    title: str,
    *metrics: cloudwatch.MathExpression,
    trend: bool = False,
    start: str | None = None,
    width: int = QUARTER,
) -> cloudwatch.SingleValueWidget:
    """Show the last value with its trend, the value since `start`, or the value over the dashboard's time range."""
    return cloudwatch.SingleValueWidget(
        title=title,
        metrics=[*metrics],
        sparkline=trend or None,
        set_period_to_time_range=not (trend or start) or None,
        start=start,
        end="P0D" if start else None,
        width=width,
        height=HEIGHT // 2,
    )


def _graph(
    title: str,
    left: Iterable[Drawn],
    *,
    right: Iterable[Drawn] = (),
    unit: str | None = None,
    lines: list[cloudwatch.HorizontalAnnotation] | None = None,
    start: str | None = None,
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title,
        left=[*left],
        right=[*right],
        left_y_axis=cloudwatch.YAxisProps(label=unit, min=0, show_units=False),
        left_annotations=lines,
        start=start,
        end="P0D" if start else None,
        width=HALF,
        height=HEIGHT,
    )
