"""Sweeps: functions that EventBridge runs, since what is due goes by the sandbox's clock or by somebody else's."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_events as events, aws_events_targets as targets, aws_lambda as lambda_

from stacks.environments import Environment

# UTC; an hour after settlement, so that they do not work at once where an account has ten executions in all.
NIGHTLY: Final = "cron(0 3 * * ? *)"


def every_minute(stack: cdk.Stack, environment: Environment, function: lambda_.Function, name: str) -> None:
    """Run a function every minute. A run that failed is not repeated: the next one finds what it left."""
    function.configure_async_invoke(retry_attempts=0, max_event_age=cdk.Duration.minutes(1))
    _run(stack, environment, function, name, events.Schedule.rate(cdk.Duration.minutes(1)))


def nightly(stack: cdk.Stack, environment: Environment, function: lambda_.Function, name: str) -> None:
    """Run a function once a night. A run that failed is repeated twice within the hour: the next one is a day away."""
    function.configure_async_invoke(retry_attempts=2, max_event_age=cdk.Duration.hours(1))
    _run(stack, environment, function, name, events.Schedule.expression(NIGHTLY))


def _run(
    stack: cdk.Stack, environment: Environment, function: lambda_.Function, name: str, schedule: events.Schedule
) -> None:
    events.Rule(
        stack,
        f"{name}_rule",
        rule_name=environment.named(name),
        description=f"Runs {name}",
        schedule=schedule,
        targets=[targets.LambdaFunction(function)],  # pyright: ignore[reportArgumentType] - jsii's class and interface
    )
