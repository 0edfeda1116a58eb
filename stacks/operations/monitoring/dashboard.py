"""The dashboard: one page with a row for each feature, below health and cost.

At most fifty metrics, counting repeated ones: a dashboard with more is not free.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from paysandbox.aws.resources import DELIVERY_QUEUE
from paysandbox.core.metrics import Metric
from paysandbox.payments.routes import AUTHORIZE_PAYMENT
from stacks.environments import Environment
from stacks.operations.monitoring.metrics import APIS, FIVE_MINUTES, NATIVE, V1, Metrics
from stacks.operations.monitoring.usage_cost import UsageCost
from stacks.regions import name_in_account
from stacks.workers.disbursements_stack import SEND_DISBURSEMENTS
from stacks.workers.donations_stack import NOTIFICATIONS_QUEUE, PAYMENTS_QUEUE
from stacks.workers.webhook_workers import PLAN_QUEUE
from stacks.workers.webhooks_stack import DEAD_QUEUE

WIDE: Final = 24
HALF: Final = 12
QUARTER: Final = 6
HEIGHT: Final = 6

_WAITED: Final = "ApproximateAgeOfOldestMessage"

Drawn = cloudwatch.Metric | cloudwatch.MathExpression


def draw(
    stack: cdk.Stack, environment: Environment, metrics: Metrics, cost: UsageCost, *, ledger: str, machine: str
) -> cloudwatch.Dashboard:
    """Create the dashboard of an environment. `ledger` is the table's name, `machine` the ARN of settlement's."""
    rows: dict[str, Sequence[cloudwatch.IWidget]] = {
        "Health and cost": [_probed(metrics), _cost_so_far(cost), _cost(cost, environment)],
        APIS[NATIVE]: [_api(metrics, NATIVE), _latency(metrics, NATIVE, environment)],
        APIS[V1]: [_api(metrics, V1), _latency(metrics, V1, environment)],
        "Both APIs": [_failures(metrics), _table(metrics, ledger)],
        "Payments": [_payments(metrics)],
        "Disputes": [_disputes(metrics)],
        "Webhooks": [_webhooks(metrics)],
        "Donations": [_donations(metrics), _receipts(metrics)],
        "Disbursements": [_disbursements(metrics)],
        "Settlement": [_settlement(metrics, machine)],
    }
    return cloudwatch.Dashboard(
        stack,
        "dashboard",
        dashboard_name=name_in_account(stack, environment, "payments"),
        default_interval=cdk.Duration.hours(3),
        widgets=[
            row
            for title, widgets in rows.items()
            if title.lower() not in environment.left_out
            for row in ([_heading(title)], widgets)
        ],
    )


def _probed(metrics: Metrics) -> cloudwatch.SingleValueWidget:
    return _number("Availability as probed, %", _percent("probed", metrics.count(Metric.PROBE_OK, "Average")))


def _cost_so_far(cost: UsageCost) -> cloudwatch.SingleValueWidget:
    # Running sums, whose last point is the total since midnight or since the first of the month, UTC. One widget shows
    # both, since two would repeat the same metrics.
    both = "Estimated cost of use today, estimated cost of use this month, USD"
    return _number(both, cost.today(), cost.this_month(), start="-P31D")


def _cost(cost: UsageCost, environment: Environment) -> cloudwatch.GraphWidget:
    limit = environment.usage_cents_per_day_max
    lines = [cloudwatch.HorizontalAnnotation(value=limit / 100, label="alarm")] if limit else []
    title = "Estimated cost of use by day (modeled)"
    parts = cost.parts(cdk.Duration.days(1))
    return _graph(title, parts, unit="USD", lines=lines, start="-P31D", stacked=True, width=HALF)


def _api(metrics: Metrics, api: str) -> cloudwatch.GraphWidget:
    """Graph the requests of an API, and the share of them that it did not fail. Its refusals include throttles (429).

    By API: by route, each new route would be one more of the fifty metrics.
    """
    counts = (("requests", "Count", "requests"), ("refused", "4XXError", "4xx"), ("failed", "5XXError", "5xx"))
    using = {name: metrics.gateway(metric, "Sum", label, api=api) for name, metric, label in counts}
    per_s = [_math(f"{name}/PERIOD({name})", {name: using[name]}, label) for name, _, label in counts]
    available = _math("100*(1-FILL(failed,0)/requests)", using, "without 5xx, %")
    title = f"{APIS[api]}: requests, 4xx and 5xx per second; availability"
    return _graph(title, per_s, right=[available], unit="per second", width=HALF)


def _latency(metrics: Metrics, api: str, environment: Environment) -> cloudwatch.GraphWidget:
    shown = [metrics.gateway("Latency", f"p{p}", f"p{p} as the caller waits", api=api) for p in (50, 95)]
    if api == NATIVE:
        function = AUTHORIZE_PAYMENT.function_name
        shown.append(metrics.function(function, "Duration", "p95", f"p95 in {function}"))
    promised = cloudwatch.HorizontalAnnotation(value=environment.p95_ms_max, label="p95 promised")
    return _graph(f"{APIS[api]}: latency", shown, unit="ms", lines=[promised], width=HALF)


def _failures(metrics: Metrics) -> cloudwatch.GraphWidget:
    """Graph what no caller caused. Lambda's throttles are of the whole account."""
    throttled = metrics.account("Throttles", "Sum", "Lambda throttles (of the account)")
    dropped = metrics.count(Metric.LINES_DROPPED)
    title = "5xx to callers with a key; Lambda throttles; dropped lines of the request log"
    return _graph(title, [metrics.keyed_server_errors(), throttled, dropped], width=HALF)


def _table(metrics: Metrics, ledger: str) -> cloudwatch.GraphWidget:
    units = metrics.table(ledger, "ConsumedWriteCapacityUnits", "write units of the ledger")
    throttled = metrics.table(ledger, "WriteThrottleEvents", "its write throttles")
    return _graph("Units consumed; DynamoDB throttles", [units], right=[throttled], width=HALF)


def _payments(metrics: Metrics) -> cloudwatch.GraphWidget:
    counts = (Metric.APPROVED, Metric.DECLINED, Metric.CAPTURED, Metric.VOIDED, Metric.REFUNDED, Metric.REPLAYED,
              Metric.REFUSED, Metric.FAILED)  # fmt: skip
    title = "Outcomes, replays, refusals and failures; approval rate"
    return _graph(title, [metrics.count(c) for c in counts], right=[_approval_rate(metrics)])


def _disputes(metrics: Metrics) -> cloudwatch.GraphWidget:
    # Of the time that is shown: a dispute comes days after its capture.
    of_captures = "100*RUNNING_SUM(FILL(opened,0))/RUNNING_SUM(FILL(captured,0))"
    using = {"opened": metrics.count(Metric.DISPUTES_OPENED), "captured": metrics.count(Metric.CAPTURED)}
    rate = _math(of_captures, using, "disputed of captured, %")
    counts = [metrics.count(c) for c in (Metric.DISPUTES_OPENED, Metric.DISPUTES_LOST)]
    return _graph("Disputes; dispute rate", counts, right=[rate])


def _webhooks(metrics: Metrics) -> cloudwatch.GraphWidget:
    waited = [
        metrics.queue(PLAN_QUEUE, _WAITED, "oldest event to plan, s"),
        metrics.queue(DELIVERY_QUEUE.name, _WAITED, "oldest delivery to healthy endpoints, s"),
    ]
    dead = metrics.queue(DEAD_QUEUE, "ApproximateNumberOfMessagesVisible", "dead deliveries")
    return _graph("How long events and deliveries wait; dead letters", waited, right=[dead])


def _donations(metrics: Metrics) -> cloudwatch.GraphWidget:
    counts = [metrics.count(c) for c in (Metric.DONATIONS_SUCCEEDED, Metric.DONATIONS_DEAD_LETTERED)]
    waited = metrics.queue(PAYMENTS_QUEUE, _WAITED, "oldest event of Stripe's, s")
    return _graph("Donations; how long Stripe's events wait", counts, right=[waited], width=HALF)


def _receipts(metrics: Metrics) -> cloudwatch.GraphWidget:
    counts = [metrics.count(c) for c in (Metric.RECEIPTS_SENT, Metric.RECEIPTS_REFUSED, Metric.RECEIPTS_UNKNOWN)]
    waited = metrics.queue(NOTIFICATIONS_QUEUE, _WAITED, "oldest receipt, s")
    return _graph("Receipts; how long they wait", counts, right=[waited], width=HALF)


def _disbursements(metrics: Metrics) -> cloudwatch.GraphWidget:
    counts = (Metric.DISBURSEMENTS_PAID, Metric.DISBURSEMENTS_FAILED, Metric.DISBURSEMENTS_UNRESOLVED)
    lag = metrics.function(SEND_DISBURSEMENTS, "IteratorAge", "Maximum", "oldest disbursement to send, ms")
    title = "Paid, failed, and how many require attention; how long they wait"
    return _graph(title, [metrics.count(c) for c in counts], right=[lag])


def _settlement(metrics: Metrics, machine: str) -> cloudwatch.GraphWidget:
    return _graph("Runs", [metrics.machine(machine, name) for name in ("ExecutionsStarted", "ExecutionsFailed")])


def _heading(title: str) -> cloudwatch.TextWidget:
    transparent = cloudwatch.TextWidgetBackground.TRANSPARENT
    return cloudwatch.TextWidget(markdown=f"## {title}", width=WIDE, height=1, background=transparent)


def _approval_rate(metrics: Metrics) -> cloudwatch.MathExpression:
    """Return the approval rate of the authorizations that the bank answered. Replays do not reach the bank."""
    using = {"approved": metrics.count(Metric.APPROVED), "declined": metrics.count(Metric.DECLINED)}
    return _math("100*FILL(approved,0)/(FILL(approved,0)+FILL(declined,0))", using, "approved, %")


def _percent(name: str, metric: cloudwatch.Metric) -> cloudwatch.MathExpression:
    return _math(f"100*{name}", {name: metric}, "%")


def _math(expression: str, using: dict[str, cloudwatch.Metric], label: str) -> cloudwatch.MathExpression:
    known: dict[str, cloudwatch.IMetric] = {**using}
    return cloudwatch.MathExpression(expression=expression, using_metrics=known, label=label, period=FIVE_MINUTES)


def _number(title: str, *metrics: cloudwatch.MathExpression, start: str | None = None) -> cloudwatch.SingleValueWidget:
    """Show the last value since `start`, or the value over the dashboard's time range."""
    return cloudwatch.SingleValueWidget(
        title=title,
        metrics=[*metrics],
        set_period_to_time_range=start is None or None,
        start=start,
        end="P0D" if start else None,
        width=QUARTER,
        height=HEIGHT,
    )


def _graph(
    title: str,
    left: Iterable[Drawn],
    *,
    right: Iterable[Drawn] = (),
    unit: str | None = None,
    lines: list[cloudwatch.HorizontalAnnotation] | None = None,
    start: str | None = None,
    stacked: bool = False,
    width: int = WIDE,
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title,
        left=[*left],
        right=[*right],
        left_y_axis=cloudwatch.YAxisProps(label=unit, min=0, show_units=False),
        left_annotations=lines,
        start=start,
        end="P0D" if start else None,
        stacked=stacked,
        width=width,
        height=HEIGHT,
    )
