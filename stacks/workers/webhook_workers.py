"""The webhook workers: fan-out, delivery attempts, and queuing of due retries, each with its grants."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam, aws_sns as sns, aws_sqs as sqs

from paysandbox.aws import schema
from paysandbox.aws.resources import (
    DEAD_DELIVERIES,
    DELIVERIES,
    ENDPOINTS,
    EVENTS,
    LEDGER,
    PLATFORMS,
    QUEUE_DELIVERIES,
    READ_HASHING_KEYS,
    READ_WEBHOOK_SECRET,
    TOPIC,
    UNHEALTHY_QUEUE,
    UNPUBLISHED_EVENTS,
    Grant,
)
from paysandbox.aws.settings import (
    ClockSettings,
    FaultSettings,
    RetrySettings,
    SamplingSettings,
    StripeVersionSettings,
    TargetSettings,
)
from paysandbox.http.route import Function
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.workers import queues
from stacks.workers.events_stack import WEBHOOK_TOPIC, dead_letters_name
from stacks.workers.sweeps import REPORT_FAILED_RUN, every_minute

PLAN_DELIVERIES: Final = "plan_deliveries"
DELIVER_EVENT: Final = "deliver_event"
SWEEP_DELIVERIES: Final = "sweep_deliveries"

PLAN_QUEUE: Final = "events-to-plan"

_GROUP: Final = "webhooks"
_QUEUED: Final = ("SendMessage",)

_PLAN: Final = Function(
    name=PLAN_DELIVERIES,
    group=_GROUP,
    grants=(
        Grant(ENDPOINTS, ("BatchGetItem",)),
        Grant(EVENTS, ("PutItem",)),
        Grant(DELIVERIES, ("PutItem",)),
        # To read the event's payment if an endpoint receives events in Stripe's format.
        Grant(LEDGER, ("GetItem",)),
        # Such an event of an intent has the client secret, which is derived from this key and stored nowhere.
        READ_HASHING_KEYS,
        # Of an event of a connected account, whose platform may have an endpoint for it.
        Grant(PLATFORMS, ("GetItem",)),
        *QUEUE_DELIVERIES,
        Grant(UNPUBLISHED_EVENTS, _QUEUED),
    ),
    needs=(ClockSettings, SamplingSettings, StripeVersionSettings),
    timeout_s=queues.WORKER_TIMEOUT_S,
)
_DELIVER: Final = Function(
    name=DELIVER_EVENT,
    group=_GROUP,
    grants=(
        Grant(ENDPOINTS, ("BatchGetItem", "UpdateItem")),
        Grant(EVENTS, ("BatchGetItem",)),
        Grant(DELIVERIES, ("BatchGetItem", "PutItem", "UpdateItem")),
        Grant(UNHEALTHY_QUEUE, _QUEUED),
        Grant(DEAD_DELIVERIES, _QUEUED),
        Grant(TOPIC, ("Publish",)),
        READ_WEBHOOK_SECRET,
    ),
    needs=(ClockSettings, FaultSettings, RetrySettings, SamplingSettings, TargetSettings),
    timeout_s=queues.WORKER_TIMEOUT_S,
)
_SWEEP: Final = Function(
    name=SWEEP_DELIVERIES,
    group=_GROUP,
    grants=(
        Grant(DELIVERIES, ("Query",), schema.DELIVERIES_DUE),
        Grant(DELIVERIES, ("BatchGetItem", "UpdateItem")),
        Grant(UNHEALTHY_QUEUE, _QUEUED),
        REPORT_FAILED_RUN,
    ),
    needs=(ClockSettings,),
    timeout_s=queues.WORKER_TIMEOUT_S,
)


def make_workers(
    stack: cdk.Stack,
    environment: Environment,
    functions: Functions,
    *,
    deliveries: sqs.Queue,
    unhealthy: sqs.Queue,
) -> None:
    """Create the workers, and the queue of events that await fan-out. The feed is made from two workers' logs."""
    _plan(stack, environment, functions)
    deliver = functions.make(_DELIVER, followed=True)
    queues.feed(stack, deliver, f"{DELIVER_EVENT}_healthy", deliveries, at_once=environment.deliverers_max)
    queues.feed(stack, deliver, f"{DELIVER_EVENT}_suspects", unhealthy, at_once=environment.unhealthy_deliverers_max)
    every_minute(stack, environment, functions.make(_SWEEP), SWEEP_DELIVERIES)


def _plan(stack: cdk.Stack, environment: Environment, functions: Functions) -> None:
    # By name instead of imported: the topic, and the queue for events lost between the ledger and deliveries.
    topic_arn = stack.format_arn(service="sns", resource=environment.named(WEBHOOK_TOPIC))
    dead_letters_arn = stack.format_arn(service="sqs", resource=dead_letters_name(environment))
    dead_letters = sqs.Queue.from_queue_arn(stack, "parked", dead_letters_arn)
    queue = queues.queue(stack, environment, PLAN_QUEUE, dead=dead_letters)
    topic = sns.Topic.from_topic_arn(stack, WEBHOOK_TOPIC, topic_arn)
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            sid="TheTopicMaySend",
            principals=[iam.ServicePrincipal("sns.amazonaws.com")],  # pyright: ignore[reportArgumentType] - jsii's class and its own interface differ
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={"ArnEquals": {"aws:SourceArn": topic_arn}},
        )
    )
    subscription = sns.Subscription(
        stack,
        f"{PLAN_QUEUE}-subscription",
        topic=topic,
        protocol=sns.SubscriptionProtocol.SQS,
        endpoint=queue.queue_arn,
        raw_message_delivery=True,
    )
    # Messages that the topic sends before the queue's policy exists would be lost.
    if (policy := queue.node.try_find_child("Policy")) is not None:
        subscription.node.add_dependency(policy)
    plan = functions.make(_PLAN, followed=True)
    queues.feed(stack, plan, PLAN_DELIVERIES, queue, at_once=environment.planners_max)
