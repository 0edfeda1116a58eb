"""How new code reaches the callers of payment functions where it matters: a tenth of them first, and back if it fails.

API Gateway calls an alias. CodeDeploy moves a tenth of its traffic to the new version, waits five minutes, then moves
the rest; if the alias fails meanwhile, all of it goes back, and CloudFormation rolls the stack back with it.
"""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch, aws_codedeploy as codedeploy, aws_lambda as lambda_

from paysandbox.routes import payments
from stacks import nag_reasons
from stacks.environments import Environment
from stacks.functions import function_name

ALIAS: Final = "live"
WATCHED_S: Final = 60
_GRADUAL: Final = frozenset(route.name for route in payments.ROUTES)


def called_name(environment: Environment, name: str) -> str:
    """What API Gateway calls: the function, or its alias where new code arrives gradually."""
    alias = f":{ALIAS}" if environment.gradual_rollout and name in _GRADUAL else ""
    return function_name(environment, name) + alias


def roll_out(
    environment: Environment, function: lambda_.Function, name: str, application: codedeploy.LambdaApplication
) -> None:
    """Let new code of this function, which is called `name` in its stack, reach its callers gradually."""
    stack = cdk.Stack.of(function)
    alias = lambda_.Alias(
        stack,
        f"{name}_alias",
        alias_name=ALIAS,
        # jsii's class and its own interface differ in the name of a parameter.
        version=function.current_version,  # pyright: ignore[reportArgumentType]
    )
    failing = cloudwatch.Alarm(
        stack,
        f"{name}_rollout_alarm",
        alarm_name=environment.named(f"{name}-rollout"),
        alarm_description=(
            f"New code of {name} fails, so its rollout is taken back. No data: nobody called it, so nothing failed. "
            "What to do: docs/runbooks/rollout.md"
        ),
        metric=alias.metric_errors(period=cdk.Duration.seconds(WATCHED_S)),
        threshold=1,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        # Nobody called: that is no failure.
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    group = codedeploy.LambdaDeploymentGroup(
        stack,
        f"{name}_rollout",
        application=application,
        alias=alias,
        deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
        alarms=[failing],
    )
    nag_reasons.acknowledge(group, "IAM4 of CodeDeploy", finding=nag_reasons.CODE_DEPLOY)
