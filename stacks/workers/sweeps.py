"""Sweeps: functions on a schedule, since due times follow the sandbox's clock or that of another system."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_events as events, aws_events_targets as targets, aws_lambda as lambda_

from stacks.environments import Environment

# UTC. An hour after settlement, so that the two do not compete in an account with ten concurrent executions.
NIGHTLY: Final = "cron(0 3 * * ? *)"


def every_minute(stack: cdk.Stack, environment: Environment, function: lambda_.Function, name: str) -> None:
    """Run a function every minute. A failed run is not retried: the next one picks up its work."""
    function.configure_async_invoke(retry_attempts=0, max_event_age=cdk.Duration.minutes(1))
    _run(stack, environment, function, name, events.Schedule.rate(cdk.Duration.minutes(1)))


def every_quarter(stack: cdk.Stack, environment: Environment, function: lambda_.Function, name: str) -> None:
    """Run a function every 15 minutes. A failed run is not retried: the next one picks up its work."""
    function.configure_async_invoke(retry_attempts=0, max_event_age=cdk.Duration.minutes(5))
    _run(stack, environment, function, name, events.Schedule.rate(cdk.Duration.minutes(15)))


def nightly(stack: cdk.Stack, environment: Environment, function: lambda_.Function, name: str) -> None:
    """Run a function once a night. A failed run is retried twice within the hour, since the next one is a day away."""
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
