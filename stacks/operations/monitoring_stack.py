"""Monitoring: one dashboard, the alarms and their topic, the probe and the budget.

No other stack needs it. It is deployed with `v1`, before the dashboard's two stacks (`app.py`), and refers to functions
by name. It imports only the ledger's name and, for the probe, the API's URL and usage plan.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import (
    aws_cloudwatch as cloudwatch,
    aws_iam as iam,
    aws_sns as sns,
    aws_sns_subscriptions as subscriptions,
    aws_sqs as sqs,
)
from constructs import Construct

from paysandbox.aws.resources import DELIVERY_QUEUE, FAILED_RUNS
from paysandbox.core.metrics import Metric
from paysandbox.payments.routes import AUTHORIZE_PAYMENT
from paysandbox.stripe_api.routes import BASE_PATH
from stacks.api.api_stack import NAME as NATIVE, STAGE, ApiStack, api_name
from stacks.api.payments_stack import EXPIRE_PAYMENTS
from stacks.api.v1_stack import NAME as V1
from stacks.data.data_stack import DataStack
from stacks.environments import Environment
from stacks.operations.monitoring.alarms import ABOVE, AT_LEAST, BELOW, Alarms, fine, unknown, wrong
from stacks.operations.monitoring.budget import budget
from stacks.operations.monitoring.dashboard import draw
from stacks.operations.monitoring.metrics import Metrics
from stacks.operations.monitoring.outage_channel import forward_changes
from stacks.operations.monitoring.probe import probe
from stacks.operations.monitoring.trace_sampling import sample_requests
from stacks.operations.monitoring.usage_cost import UsageCost
from stacks.regions import BUDGET, has
from stacks.resources import Resources
from stacks.workers.disbursements_stack import PUBLISH_DISBURSEMENT_EVENTS, SEND_DISBURSEMENTS, SWEEP_DISBURSEMENTS
from stacks.workers.donations_stack import (
    APPLY_STRIPE_EVENTS,
    DEAD_NOTIFICATIONS_QUEUE,
    DEAD_PAYMENTS_QUEUE,
    NOTIFICATIONS_QUEUE,
    PAYMENTS_QUEUE,
    PUBLISH_DONATION_EVENTS,
    SEND_RECEIPTS,
    SWEEP_DONATIONS,
)
from stacks.workers.events_stack import PUBLISH_EVENT, PUBLISH_OBJECT_EVENTS, dead_letters_name
from stacks.workers.requests_stack import DEAD_REQUESTS_QUEUE
from stacks.workers.settlement_machine import SETTLE
from stacks.workers.settlement_schedule import is_watched
from stacks.workers.statements import WRITE_PAYPAL_STATEMENT
from stacks.workers.timer_workers import STORE_TIMERS
from stacks.workers.webhook_workers import DELIVER_EVENT, PLAN_QUEUE, SWEEP_DELIVERIES
from stacks.workers.webhooks_stack import DEAD_QUEUE

AVAILABILITY: Final = 0.999
# A stream keeps a record for a day; an hour of lag needs attention.
ITERATOR_AGE_MS_MAX: Final = 3_600_000
QUEUE_AGE_S_MAX: Final = 3_600
# A day, an hour in which Scheduler retries, and one for what the full hours of an alarm leave out.
HOURS_WITHOUT_SETTLEMENT_MAX: Final = 26

_QUEUES: Final = (PLAN_QUEUE, DELIVERY_QUEUE.name, PAYMENTS_QUEUE, NOTIFICATIONS_QUEUE)
"""The queues whose messages are due at once. In the one of unhealthy endpoints, a message may wait for its receiver."""

_SCHEDULED: Final = (EXPIRE_PAYMENTS, SWEEP_DELIVERIES, SWEEP_DONATIONS, SWEEP_DISBURSEMENTS, WRITE_PAYPAL_STATEMENT)
"""The functions that run on a schedule: their exceptions reach no caller."""

_OF_FEATURES: Final[Mapping[str, frozenset[str]]] = {
    "donations": frozenset(
        {
            PUBLISH_DONATION_EVENTS,
            APPLY_STRIPE_EVENTS,
            SEND_RECEIPTS,
            SWEEP_DONATIONS,
            PAYMENTS_QUEUE,
            NOTIFICATIONS_QUEUE,
        }
    ),
    "disbursements": frozenset(
        {SEND_DISBURSEMENTS, PUBLISH_DISBURSEMENT_EVENTS, SWEEP_DISBURSEMENTS, WRITE_PAYPAL_STATEMENT}
    ),
}
"""The functions and queues of each feature that an environment may leave out."""

_UNKNOWN_OUTCOMES: Final = (
    "There are receipts whose outcome is unknown (they may or may not have been sent), or disbursements that require "
    "attention (they may or may not have been paid)."
)


class MonitoringStack(cdk.Stack):
    """Dashboard, alarms, probe, budget and trace sampling of an environment."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        packages: Path,
        resources: Resources,
        data: DataStack,
        api: ApiStack,
    ) -> None:
        super().__init__(
            scope,
            environment.named("monitoring"),
            env=environment.aws,
            description="Serverless Payments Sandbox: dashboard, alarms, probe, budget",
        )
        self.add_stack_dependency(api)
        self._environment = environment
        ledger = data.ledger.table_name
        self._metrics = Metrics(environment, stages={NATIVE: STAGE, V1: BASE_PATH})
        cost = UsageCost(self._metrics, ledger=ledger)
        topic = self._topic()
        self._alarms = Alarms(self, environment, topic)
        self._watch_api()
        self._watch_request_log()
        self._watch_events()
        machine = self._settlement_machine()
        self._watch_settlement(machine)
        if environment.probe_every_minutes is not None:
            probe(
                self,
                environment,
                minutes=environment.probe_every_minutes,
                packages=packages,
                resources=resources,
                api=api,
            )
            self._watch_from_outside(environment.probe_every_minutes)
        if environment.usage_cents_per_day_max is not None:
            self._watch_cost(cost, environment.usage_cents_per_day_max)
        if environment.dispute_percent_per_day_max is not None and environment.metric_math:
            self._watch_disputes(environment.dispute_percent_per_day_max)
        if environment.budget_usd is not None and has(self, BUDGET, "a budget"):
            budget(self, environment, usd=environment.budget_usd, topic=topic, tags=environment.tags)
        if environment.is_traced:
            sample_requests(self, environment, gateway=api_name(environment), stage=STAGE)
        drawn = draw(self, environment, self._metrics, cost, ledger=ledger, machine=machine)
        cdk.CfnOutput(self, "Dashboard", value=drawn.dashboard_name, description="Name of the CloudWatch dashboard")
        cdk.CfnOutput(self, "AlarmTopic", value=topic.topic_arn, description="SNS topic of the alarms and the budget")

    def watch_stream(self, consumer: str) -> None:
        """Alarm before records are lost on the lag of a function that reads a stream."""
        self._alarms.when(
            "iterator-age",
            self._metrics.function(consumer, "IteratorAge", "Maximum"),
            ABOVE,
            ITERATOR_AGE_MS_MAX,
            of=consumer,
            means=f"{consumer} is more than an hour behind its stream. Records expire after 24 hours.",
            silence=fine("nothing was written to the stream."),
        )

    def watch_dead_letters(self, queue: sqs.IQueue, of: str) -> None:
        """Alarm on any message in the dead-letter queue of `of`."""
        self._alarms.when(
            "dead-letters",
            _waiting(queue),
            AT_LEAST,
            1,
            of=of,
            means=f"The dead-letter queue of {of} is not empty.",
            silence=fine("SQS reports no metrics for a queue that was unused for hours."),
        )

    def _watch_api(self) -> None:
        limit_ms = self._environment.p95_ms_max
        self._alarms.when(
            "latency-p95",
            # Of one route that only callers with a key reach, and without a paid metric of the gateway.
            self._metrics.function(AUTHORIZE_PAYMENT.function_name, "Duration", "p95"),
            AT_LEAST,
            limit_ms,
            datapoints=3,
            within=3,
            means=f"95 % of the authorizations have taken up to {limit_ms} ms or more for 15 minutes.",
            silence=fine("there were no requests to measure."),
        )
        self._alarms.when(
            "server-errors",
            self._metrics.keyed_server_errors(),
            AT_LEAST,
            self._environment.server_errors_max,
            datapoints=2,
            within=3,
            means=(
                f"In two of three periods of five minutes, {self._environment.server_errors_max} or more responses to "
                "callers with a key were 5xx."
            ),
            silence=fine("the metric is written on such responses only."),
        )
        counted = self._metrics.count(Metric.FAILED)
        failed: cloudwatch.Metric | cloudwatch.MathExpression = counted
        means = "A route with a key returned a 5xx: an unhandled exception, or an AWS call that failed three times."
        if self._environment.metric_math:
            scheduled = self._made(_SCHEDULED)
            reported = self._metrics.queue(FAILED_RUNS.name, "ApproximateNumberOfMessagesVisible", FAILED_RUNS.name)
            failed = _sum({"failed": counted, "reported": reported})
            means = f"{means} Or a run on a schedule failed within the last hour: {', '.join(scheduled)}."
        self._alarms.when(
            "unexpected-exception",
            failed,
            AT_LEAST,
            1,
            means=means,
            silence=fine("the metric is written on failures only, or no function ran."),
        )

    def _watch_request_log(self) -> None:
        name = self._environment.named(DEAD_REQUESTS_QUEUE)
        dead = sqs.Queue.from_queue_arn(self, DEAD_REQUESTS_QUEUE, self.format_arn(service="sqs", resource=name))
        self._alarms.when(
            "request-log",
            _waiting(dead),
            AT_LEAST,
            1,
            means="Log lines could not be stored, or recorded in the feed in time, in three attempts, and wait in a "
            "dead-letter queue.",
            silence=fine("SQS reports no metrics for a queue that was unused for hours."),
        )

    def _watch_events(self) -> None:
        """Watch streams and dead-letter queues by name. With metric math, one alarm covers all of a kind."""
        streams = self._made(
            (
                PUBLISH_EVENT,
                PUBLISH_OBJECT_EVENTS,
                STORE_TIMERS,
                PUBLISH_DONATION_EVENTS,
                SEND_DISBURSEMENTS,
                PUBLISH_DISBURSEMENT_EVENTS,
            )
        )
        # By name instead of imported, so that a queue can be replaced.
        dead = {
            PUBLISH_EVENT: dead_letters_name(self._environment),
            DELIVER_EVENT: self._environment.named(DEAD_QUEUE),
            APPLY_STRIPE_EVENTS: self._environment.named(DEAD_PAYMENTS_QUEUE),
            SEND_RECEIPTS: self._environment.named(DEAD_NOTIFICATIONS_QUEUE),
        }
        queues = {
            of: sqs.Queue.from_queue_arn(self, f"{of}-dead", self.format_arn(service="sqs", resource=dead[of]))
            for of in self._made(dead)
        }
        if self._environment.metric_math:
            self._watch_all_streams(streams)
            self._watch_queues()
            self._watch_dead_letters(queues)
            return
        for consumer in streams:
            self.watch_stream(consumer)
        for of, queue in queues.items():
            self.watch_dead_letters(queue, of)
        self._alarms.when(
            "dead-letters",
            self._metrics.count(Metric.OUTCOMES_UNKNOWN),
            AT_LEAST,
            1,
            of=SWEEP_DONATIONS,
            means=_UNKNOWN_OUTCOMES,
            silence=fine("the metric is written when an outcome becomes unknown, and every day until it is resolved."),
        )

    def _made(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return those of these functions or queues that the environment has."""
        left_out = frozenset[str]().union(*(_OF_FEATURES[feature] for feature in self._environment.left_out))
        return tuple(name for name in names if name not in left_out)

    def _watch_all_streams(self, consumers: Sequence[str]) -> None:
        ages = {f"s{place}": self._metrics.function(c, "IteratorAge", "Maximum") for place, c in enumerate(consumers)}
        self._alarms.when(
            "iterator-age",
            _greatest(ages),
            ABOVE,
            ITERATOR_AGE_MS_MAX,
            means=f"{' or '.join(consumers)} is more than an hour behind its stream. Records expire after 24 hours.",
            silence=fine("nothing was written to the streams."),
        )

    def _watch_queues(self) -> None:
        """Alarm on work that waits: a worker that is never run has neither errors nor dead letters."""
        queues = self._made(_QUEUES)
        ages = {
            f"q{place}": self._metrics.queue(name, "ApproximateAgeOfOldestMessage", name)
            for place, name in enumerate(queues)
        }
        self._alarms.when(
            "queue-age",
            _greatest(ages),
            ABOVE,
            QUEUE_AGE_S_MAX,
            means=f"A message has waited for more than an hour in {' or '.join(queues)}.",
            silence=fine("SQS reports no metrics for queues that were unused for hours."),
        )

    def _watch_dead_letters(self, queues: Mapping[str, sqs.IQueue]) -> None:
        """Alarm on messages in any dead-letter queue, and on receipts and disbursements whose outcome is unknown."""
        given_up = {f"q{place}": _waiting(queue) for place, queue in enumerate(queues.values())}
        given_up["unknown"] = self._metrics.count(Metric.OUTCOMES_UNKNOWN)
        self._alarms.when(
            "dead-letters",
            _sum(given_up),
            AT_LEAST,
            1,
            means=f"The dead-letter queue of {' or '.join(queues)} is not empty. Or: {_UNKNOWN_OUTCOMES}",
            silence=fine("SQS reports no metrics for queues that were unused for hours."),
        )

    def _watch_settlement(self, machine: str) -> None:
        """Alarm on executions of the settlement state machine that did not succeed, and on nights without one."""
        stopped = self._metrics.machine(machine, "ExecutionsFailed")
        ended: cloudwatch.Metric | cloudwatch.MathExpression = stopped
        if self._environment.metric_math:
            timed_out = self._metrics.machine(machine, "ExecutionsTimedOut")
            ended = _sum({"failed": stopped, "timed_out": timed_out})
        self._alarms.when(
            "settlement-failed",
            ended,
            AT_LEAST,
            1,
            means="A settlement run failed or timed out before its batch was closed. No later batch opens until it is "
            "resumed.",
            silence=fine("no settlement run has failed."),
        )
        if is_watched(self._environment):
            self._alarms.when(
                "settlement-not-started",
                self._metrics.machine(machine, "ExecutionsStarted").with_(period=cdk.Duration.hours(1)),
                BELOW,
                1,
                datapoints=HOURS_WITHOUT_SETTLEMENT_MAX,
                within=HOURS_WITHOUT_SETTLEMENT_MAX,
                means=f"No settlement run has started for {HOURS_WITHOUT_SETTLEMENT_MAX} hours.",
                silence=wrong("no run has started. The deployment starts the first, and each night the next."),
            )

    def _settlement_machine(self) -> str:
        """Return the ARN of the settlement state machine by its name."""
        return self.format_arn(
            service="states",
            resource="stateMachine",
            resource_name=self._environment.named(SETTLE),
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )

    def _watch_from_outside(self, minutes: int) -> None:
        # At one probe per minute, this is the second failure in a day; at one per five minutes, the first.
        self._alarms.when(
            "availability",
            self._metrics.count(Metric.PROBE_OK, "Average").with_(period=cdk.Duration.days(1)),
            BELOW,
            AVAILABILITY,
            means="Fewer than 99.9 % of the probes of a day succeeded.",
            silence=unknown("a day without probes is neither; the alarm `outage` reports it within minutes."),
        )
        outage = self._alarms.when(
            "outage",
            self._metrics.count(Metric.PROBE_OK, "Minimum").with_(period=cdk.Duration.minutes(minutes)),
            BELOW,
            1,
            datapoints=3,
            within=3,
            means="Three probes in a row failed, or none was counted.",
            silence=unknown(
                "the probe does not run, or the domain does not lead to the API any more. The change to "
                "INSUFFICIENT_DATA notifies too."
            ),
        )
        # Not `breaching`: a new alarm would ring before the first probe, and before the domain's DNS record is made. A
        # new alarm begins without data, and only a change notifies.
        self._alarms.notify_of_silence(outage)
        if self._environment.outage_bus_arn is not None:
            forward_changes(self, self._environment, outage, self._environment.outage_bus_arn)

    def _watch_cost(self, cost: UsageCost, cents: int) -> None:
        self._alarms.when(
            "cost-per-day",
            cost.per(cdk.Duration.days(1)),
            ABOVE,
            cents / 100,
            means=f"The estimated cost of a day exceeds {cents / 100:.2f} US dollars (modeled, not billed).",
            silence=fine("there was no usage to estimate."),
        )

    def _watch_disputes(self, percent: int) -> None:
        """Alarm on the share of payments that are charged back: each takes the amount and a fee from its merchant."""
        counts = {
            "opened": self._metrics.count(Metric.DISPUTES_OPENED),
            "captured": self._metrics.count(Metric.CAPTURED),
        }
        rate = _math("100 * opened / FILL(captured, 1)", counts)
        self._alarms.when(
            "dispute-rate",
            rate.with_(period=cdk.Duration.days(1)),
            ABOVE,
            percent,
            means=f"The chargebacks of a day are more than {percent} % of its captures.",
            silence=fine("there were no chargebacks."),
        )

    def _topic(self) -> sns.Topic:
        """Create the topic of the alarms.

        It has no KMS key: alarms contain no secrets, and AWS services must be able to publish.
        """
        topic = sns.Topic(self, "alarms", topic_name=self._environment.named("alarms"), enforce_ssl=True)
        start = self._environment.named("")
        for service, source in (
            ("cloudwatch", f"arn:{self.partition}:cloudwatch:{self.region}:{self.account}:alarm:{start}*"),
            ("budgets", f"arn:{self.partition}:budgets::{self.account}:*"),
        ):
            topic.add_to_resource_policy(
                iam.PolicyStatement(
                    sid=f"{service.capitalize()}MayTell",
                    principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],  # pyright: ignore[reportArgumentType] - jsii's class and its own interface differ
                    actions=["sns:Publish"],
                    resources=[topic.topic_arn],
                    conditions={
                        "StringEquals": {"aws:SourceAccount": self.account},
                        "ArnLike": {"aws:SourceArn": source},
                    },
                )
            )
        if self._environment.alarm_email:
            email = subscriptions.EmailSubscription(self._environment.alarm_email)
            topic.add_subscription(email)  # pyright: ignore[reportArgumentType] - jsii's class and its own interface differ
        return topic


def _waiting(queue: sqs.IQueue) -> cloudwatch.Metric:
    return queue.metric_approximate_number_of_messages_visible(statistic="Maximum", period=cdk.Duration.minutes(5))


def _sum(metrics: Mapping[str, cloudwatch.Metric]) -> cloudwatch.MathExpression:
    return _math(" + ".join(f"FILL({name}, 0)" for name in metrics), metrics)


def _greatest(metrics: Mapping[str, cloudwatch.Metric]) -> cloudwatch.MathExpression:
    return _math(f"MAX([{', '.join(f'FILL({name}, 0)' for name in metrics)}])", metrics)


def _math(expression: str, using: Mapping[str, cloudwatch.Metric]) -> cloudwatch.MathExpression:
    known: dict[str, cloudwatch.IMetric] = {**using}
    return cloudwatch.MathExpression(expression=expression, using_metrics=known, period=cdk.Duration.minutes(5))
