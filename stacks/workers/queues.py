"""Queues, their dead-letter queues, and their consumers."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam, aws_lambda as lambda_, aws_sqs as sqs

from stacks.environments import Environment

# An attempt takes at most ten seconds, a merchant's attempts in a batch at most three turns, and each AWS call may be
# tried three times.
WORKER_TIMEOUT_S: Final = 60
BATCH: Final = 10

# Six times the function's timeout, as the Lambda guide recommends ("Using Lambda with Amazon SQS").
VISIBLE_AGAIN_AFTER: Final = cdk.Duration.seconds(6 * WORKER_TIMEOUT_S)
# Failures of a batch before its messages go to the dead-letter queue. A failed delivery attempt is not one of them.
RECEIVES_MAX: Final = 5
RETENTION: Final = cdk.Duration.days(14)

_TAKE: Final = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


def queue(
    stack: cdk.Stack,
    environment: Environment,
    name: str,
    *,
    dead: sqs.IQueue | None = None,
    retention: cdk.Duration = RETENTION,
) -> sqs.Queue:
    """Create a queue. Messages that keep failing go to the dead-letter queue `dead`."""
    return sqs.Queue(
        stack,
        name,
        queue_name=environment.named(name),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=retention,
        visibility_timeout=VISIBLE_AGAIN_AFTER,
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=RECEIVES_MAX) if dead else None,
    )


def feed(stack: cdk.Stack, function: lambda_.Function, name: str, taken: sqs.Queue, *, at_once: int) -> None:
    """Let a function consume a queue. Not CDK's event source, which also grants ChangeMessageVisibility."""
    function.add_to_role_policy(iam.PolicyStatement(actions=[*_TAKE], resources=[taken.queue_arn]))
    # Lambda checks the rights on the queue when the mapping is created. They are inside of the role (`FunctionRole`).
    lambda_.CfnEventSourceMapping(
        stack,
        f"{name}_queue",
        event_source_arn=taken.queue_arn,
        function_name=function.function_name,
        batch_size=BATCH,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config=lambda_.CfnEventSourceMapping.ScalingConfigProperty(maximum_concurrency=at_once),
    )
