"""Gradual rollout of new code to callers of the functions that move money: a tenth first, with automatic rollback.

API Gateway invokes an alias (`stacks.api.aliases`). CodeDeploy shifts a tenth of its traffic to the new version, waits
five minutes, then shifts the rest. If an alarm goes off meanwhile, all traffic goes back, and CloudFormation rolls back
the stack.
"""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch, aws_codedeploy as codedeploy, aws_iam as iam, aws_lambda as lambda_

from paysandbox.core.metrics import DIMENSION, Metric, namespace
from paysandbox.http.route import Route
from stacks import nag_reasons
from stacks.environments import Environment

_MINUTE: Final = cdk.Duration.minutes(1)

_TOO_MANY: Final = "IF((failed >= 5 AND failed >= runs / 1000) OR (runs >= 2 AND failed >= runs / 2), 1, 0)"
"""One in a thousand and at least five, or half of at least two: a single failure is none of the new code's."""


class Rollouts:
    """The rollouts of one stack, which share a CodeDeploy application, its role and an alarm on 5xx responses."""

    def __init__(self, stack: cdk.Stack, environment: Environment) -> None:
        self._stack = stack
        self._environment = environment
        self._application = codedeploy.LambdaApplication(
            stack, "rollouts", application_name=environment.named("payments")
        )
        self._role = self._service_role()
        # A failed handler responds with a 500, which Lambda does not count as an error. This metric has 1 for it, and 0
        # for each other request of a payment route, so the number of its values is that of the requests.
        failed, runs = (
            cloudwatch.Metric(
                namespace=namespace(environment.name),
                metric_name=str(Metric.PAYMENTS_FAILED),
                dimensions_map=dict(DIMENSION),
                statistic=statistic,
                period=_MINUTE,
            )
            for statistic in ("Sum", "SampleCount")
        )
        self._failed = self._alarm("payments", failed, runs, "Too many payment requests were answered with a 5xx")

    def roll_out(self, route: Route, alias: lambda_.Alias) -> None:
        """Move the alias of a route's function to new code gradually."""
        name = route.name
        errors, runs = alias.metric_errors(period=_MINUTE), alias.metric_invocations(period=_MINUTE)
        crashed = self._alarm(name, errors, runs, f"The new version of {name} crashes or times out")
        codedeploy.LambdaDeploymentGroup(
            self._stack,
            f"{name}_rollout",
            application=self._application,
            alias=alias,
            deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
            role=self._role,  # pyright: ignore[reportArgumentType] - jsii's class and its own interface differ
            alarms=[crashed, self._failed] if self._environment.rollout_alarms else [],
        )

    def _service_role(self) -> iam.Role:
        """Create the role with which CodeDeploy moves the aliases, for the deployment groups of this application only.

        AWS CodeDeploy user guide, "Cross-service confused deputy prevention".
        """
        groups = self._stack.format_arn(
            service="codedeploy",
            resource="deploymentgroup",
            resource_name=f"{self._environment.named('payments')}/*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        role = iam.Role(
            self._stack,
            "rollouts_role",
            description=f"Moves aliases in rollouts of {self._environment.named('payments')}",
            assumed_by=iam.ServicePrincipal(  # pyright: ignore[reportArgumentType] - jsii's class and interface
                "codedeploy.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": self._stack.account},
                    "ArnLike": {"aws:SourceArn": groups},
                },
            ),
        )
        nag_reasons.acknowledge(role, "IAM4 of CodeDeploy", finding=nag_reasons.CODE_DEPLOY)
        return role

    def _alarm(self, of: str, failed: cloudwatch.Metric, runs: cloudwatch.Metric, means: str) -> cloudwatch.Alarm:
        metrics: dict[str, cloudwatch.IMetric] = {"failed": failed, "runs": runs}
        return cloudwatch.Alarm(
            self._stack,
            f"{of}_rollout_alarm",
            alarm_name=self._environment.named(f"{of}-rollout"),
            alarm_description=(
                f"{means}, so a rollout in progress is rolled back. No data: there were no invocations. "
                "Runbook: docs/runbooks/rollout.md"
            ),
            metric=cloudwatch.MathExpression(expression=_TOO_MANY, using_metrics=metrics, period=_MINUTE),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
