"""Metrics: our own counts, and AWS's metrics of the gateway, the functions and the tables.

Only our own counts cost anything. The gateway's metrics are those of the whole stage, since CloudWatch bills metrics
per method as custom metrics. The metrics of functions are free.
"""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from paysandbox.core.metrics import DIMENSION, Metric, namespace
from stacks.api.api_stack import NAME as NATIVE
from stacks.api.gateway import KEYED_SERVER_ERRORS
from stacks.api.v1_stack import NAME as V1
from stacks.environments import Environment
from stacks.functions import function_name

FIVE_MINUTES: Final = cdk.Duration.minutes(5)

APIS: Final[Mapping[str, str]] = {NATIVE: "Native API", V1: "Stripe-compatible API"}
"""The titles of the APIs by name."""


class Metrics:
    """The metrics of one environment. `stages` are the names of the stages by API, `native` and `v1`."""

    def __init__(self, environment: Environment, *, stages: Mapping[str, str]) -> None:
        self._environment = environment
        self._stages = stages

    def count(self, count: Metric, statistic: str = "Sum") -> cloudwatch.Metric:
        """Return one of our own metrics."""
        return _metric(namespace(self._environment.name), count, dict(DIMENSION), statistic, str(count))

    def keyed_server_errors(self) -> cloudwatch.Metric:
        """Return the 5xx responses of both APIs to callers with a key."""
        name = KEYED_SERVER_ERRORS
        return _metric(namespace(self._environment.name), name, None, "Sum", "5xx to callers with a key")

    def gateway(self, name: str, statistic: str, label: str, *, api: str) -> cloudwatch.Metric:
        """Return a metric of an API's whole stage."""
        stage = {"ApiName": self._environment.named(api), "Stage": self._stages[api]}
        return _metric("AWS/ApiGateway", name, stage, statistic, label)

    def function(self, function: str, name: str, statistic: str = "Sum", label: str | None = None) -> cloudwatch.Metric:
        """Return a metric of one function, by the name in its stack."""
        dimensions = {"FunctionName": function_name(self._environment, function)}
        return _metric("AWS/Lambda", name, dimensions, statistic, label or function)

    def queue(self, queue: str, name: str, label: str) -> cloudwatch.Metric:
        """Return a metric of one queue, by the name in its stack: the maximum in each period."""
        return _metric("AWS/SQS", name, {"QueueName": self._environment.named(queue)}, "Maximum", label)

    def machine(self, arn: str, name: str) -> cloudwatch.Metric:
        """Return a metric of a state machine."""
        return _metric("AWS/States", name, {"StateMachineArn": arn}, "Sum", name)

    def account(self, name: str, statistic: str, label: str) -> cloudwatch.Metric:
        """Return a metric of all functions of the account in the region, including those of other projects."""
        return _metric("AWS/Lambda", name, None, statistic, label)

    def table(self, table: str, name: str, label: str) -> cloudwatch.Metric:
        """Return a metric of one table without its indexes."""
        return _metric("AWS/DynamoDB", name, {"TableName": table}, "Sum", label)


def _metric(
    namespace_: str, name: str, dimensions: dict[str, str] | None, statistic: str, label: str
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace_,
        metric_name=str(name),
        dimensions_map=dimensions,
        statistic=statistic,
        period=FIVE_MINUTES,
        label=label,
    )
