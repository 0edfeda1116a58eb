"""Sweeps: functions on a schedule, since due times follow the sandbox's clock or that of another system.

Nobody waits for such a run, so Lambda reports one that failed, with its error, to a queue that all schedules share:
an exception, a timeout, a lack of memory, or no execution in time (AWS Lambda developer guide, "Capturing records of
Lambda asynchronous invocations"). An alarm is billed for each metric that it watches, and so it watches one queue.
"""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_events as events, aws_events_targets as targets, aws_lambda as lambda_

from paysandbox.aws.resources import FAILED_RUNS, Grant
from stacks.environments import Environment

# UTC. An hour after settlement, so that the two do not compete in an account with ten concurrent executions.
NIGHTLY: Final = "cron(0 3 * * ? *)"

REPORT_FAILED_RUN: Final = Grant(FAILED_RUNS, ("SendMessage",))
"""The grant of every function that runs on a schedule: Lambda sends with the function's role."""


def every_minute(stack: cdk.Stack, environment: Environment, function: lambda_.Function, name: str) -> None:
    """Run a function every minute. A failed run is not retried: the next one picks up its work."""
    _run(stack, environment, function, name, events.Schedule.rate(cdk.Duration.minutes(1)), start_within_s=60)


def every_quarter(stack: cdk.Stack, environment: Environment, function: lambda_.Function, name: str) -> None:
    """Run a function every 15 minutes. A failed run is not retried: the next one picks up its work."""
    _run(stack, environment, function, name, events.Schedule.rate(cdk.Duration.minutes(15)), start_within_s=300)


def nightly(stack: cdk.Stack, environment: Environment, function: lambda_.Function, name: str) -> None:
    """Run a function once a night. A failed run is retried twice within the hour, since the next one is a day away."""
    _run(stack, environment, function, name, events.Schedule.expression(NIGHTLY), start_within_s=3_600, retries=2)


def _run(
    stack: cdk.Stack,
    environment: Environment,
    function: lambda_.Function,
    name: str,
    schedule: events.Schedule,
    *,
    start_within_s: int,
    retries: int = 0,
) -> None:
    # By name: the stack of the queue comes before this one. Lambda checks the role's right to send.
    failed_runs = stack.format_arn(service="sqs", resource=environment.named(FAILED_RUNS.name))
    # Not CDK's `configure_async_invoke`, which grants more actions.
    lambda_.CfnEventInvokeConfig(
        stack,
        f"{name}_retries",
        function_name=function.function_name,
        qualifier="$LATEST",
        maximum_retry_attempts=retries,
        maximum_event_age_in_seconds=start_within_s,
        destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
            on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=failed_runs)
        ),
    )
    events.Rule(
        stack,
        f"{name}_rule",
        rule_name=environment.named(name),
        description=f"Runs {name}",
        schedule=schedule,
        targets=[targets.LambdaFunction(function)],  # pyright: ignore[reportArgumentType] - jsii's class and interface
    )
