"""Alarms: each with its meaning, its treatment of missing data, and its runbook."""

from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch, aws_cloudwatch_actions as actions, aws_sns as sns

from stacks.environments import Environment

BELOW: Final = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
ABOVE: Final = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
AT_LEAST: Final = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD

RUNBOOKS: Final = "docs/runbooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """An alarm's treatment of missing data, and the reason."""

    treat: cloudwatch.TreatMissingData
    why: str


def fine(why: str) -> Silence:
    """Treat missing data as good: nothing went wrong."""
    return Silence(treat=cloudwatch.TreatMissingData.NOT_BREACHING, why=why)


def unknown(why: str) -> Silence:
    """Treat missing data as unknown: the alarm's state becomes INSUFFICIENT_DATA."""
    return Silence(treat=cloudwatch.TreatMissingData.MISSING, why=why)


def wrong(why: str) -> Silence:
    """Treat missing data as bad: what is watched did not happen."""
    return Silence(treat=cloudwatch.TreatMissingData.BREACHING, why=why)


class Alarms:
    """A factory for the alarms of one stack. All notify the same topic, also on recovery."""

    def __init__(self, stack: cdk.Stack, environment: Environment, topic: sns.Topic) -> None:
        self._stack = stack
        self._environment = environment
        # jsii's class and its own interface name a parameter differently.
        self._action = actions.SnsAction(topic)  # pyright: ignore[reportArgumentType] - jsii's class and its own interface differ

    def when(
        self,
        runbook: str,
        metric: cloudwatch.Metric | cloudwatch.MathExpression,
        comparison: cloudwatch.ComparisonOperator,
        threshold: float,
        *,
        means: str,
        silence: Silence,
        of: str = "",
        datapoints: int = 1,
        within: int = 1,
    ) -> cloudwatch.Alarm:
        """Create an alarm for when `datapoints` of the last `within` periods of the metric are beyond the threshold.

        `runbook` is the name of the runbook page and of the alarm. `of` distinguishes two alarms with the same page.
        """
        name = f"{runbook}-{of}" if of else runbook
        alarm = cloudwatch.Alarm(
            self._stack,
            f"{name}-alarm",
            alarm_name=self._environment.named(name),
            alarm_description=f"{means} No data: {silence.why} Runbook: {RUNBOOKS}/{runbook}.md",
            metric=_plain(metric),
            comparison_operator=comparison,
            threshold=threshold,
            datapoints_to_alarm=datapoints,
            evaluation_periods=within,
            treat_missing_data=silence.treat,
            # With only a few requests, a percentile is a single request: without this, every cold start would alarm
            # somebody.
            evaluate_low_sample_count_percentile="ignore" if _is_percentile(metric) else None,
        )
        alarm.add_alarm_action(self._action)  # pyright: ignore[reportArgumentType] - jsii's class and its own interface differ
        alarm.add_ok_action(self._action)  # pyright: ignore[reportArgumentType] - jsii's class and its own interface differ
        return alarm

    def notify_of_silence(self, alarm: cloudwatch.Alarm) -> None:
        """Notify also when the data of an alarm stops, but not before it has begun."""
        alarm.add_insufficient_data_action(self._action)  # pyright: ignore[reportArgumentType] - jsii's class and its own interface differ


def _plain(metric: cloudwatch.Metric | cloudwatch.MathExpression) -> cloudwatch.Metric | cloudwatch.MathExpression:
    """Return a metric without its label.

    CDK writes a labeled metric as a query, which the local engine rejects as metric math.
    """
    if not isinstance(metric, cloudwatch.Metric):
        return metric
    return cloudwatch.Metric(
        namespace=metric.namespace,
        metric_name=metric.metric_name,
        dimensions_map=dict(metric.dimensions or {}),
        statistic=metric.statistic,
        period=metric.period,
    )


def _is_percentile(metric: cloudwatch.Metric | cloudwatch.MathExpression) -> bool:
    return isinstance(metric, cloudwatch.Metric) and metric.statistic.startswith("p")
