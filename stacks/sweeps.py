"""Sweeps: functions that EventBridge runs every minute, since what is due goes by the sandbox's clock."""

import aws_cdk as cdk
from aws_cdk import aws_events as events, aws_events_targets as targets, aws_lambda as lambda_

from stacks.environments import Environment


def every_minute(stack: cdk.Stack, environment: Environment, function: lambda_.Function, name: str) -> None:
    """Run a function every minute. A run that failed is not repeated: the next one finds what it left."""
    function.configure_async_invoke(retry_attempts=0, max_event_age=cdk.Duration.minutes(1))
    events.Rule(
        stack,
        f"{name}_rule",
        rule_name=environment.named(name),
        description=f"Runs {name}",
        schedule=events.Schedule.rate(cdk.Duration.minutes(1)),
        targets=[targets.LambdaFunction(function)],  # pyright: ignore[reportArgumentType] - jsii's class and interface
    )
