"""The workers of webhooks: who plans deliveries, who makes them, who queues what is due; each with its rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import aws_iam as iam, aws_lambda as lambda_, aws_sns as sns, aws_sqs as sqs

from paysandbox.settings import (
    ClockSettings,
    DeliveryQueuesSettings,
    LedgerSettings,
    ParkingSettings,
    RetrySettings,
    Settings,
    TargetSettings,
    TopicSettings,
    WebhookSecretSettings,
    WebhookTablesSettings,
)
from paysandbox.table import schema
from stacks import queues
from stacks.data_stack import DataStack
from stacks.environments import Environment
from stacks.events_stack import WEBHOOK_TOPIC, parked_name
from stacks.functions import Functions
from stacks.secrets_stack import SecretsStack
from stacks.sweeps import every_minute

if TYPE_CHECKING:
    from stacks.webhooks_stack import WebhooksStack

PLAN_DELIVERIES: Final = "plan_deliveries"
DELIVER_EVENT: Final = "deliver_event"
SWEEP_DELIVERIES: Final = "sweep_deliveries"

PLAN_QUEUE: Final = "events-to-plan"

# Together as many as a new account has in all. Two is the least that SQS takes: the slow are to be few.
PLANNERS_MAX: Final = 3
HEALTHY_MAX: Final = 5
SUSPECTS_MAX: Final = 2

_WORKER_NEEDS: Final[tuple[type[Settings], ...]] = (
    ClockSettings,
    WebhookTablesSettings,
    DeliveryQueuesSettings,
    ParkingSettings,
)
PLAN_NEEDS: Final[tuple[type[Settings], ...]] = (*_WORKER_NEEDS, LedgerSettings)
DELIVER_NEEDS: Final[tuple[type[Settings], ...]] = (
    *_WORKER_NEEDS,
    WebhookSecretSettings,
    RetrySettings,
    TargetSettings,
    TopicSettings,
)
SWEEP_NEEDS: Final[tuple[type[Settings], ...]] = (ClockSettings, WebhookTablesSettings, DeliveryQueuesSettings)


class WebhookWorkers:
    """Makes them, and the queue in which events wait for their plan."""

    def __init__(
        self,
        stack: WebhooksStack,
        environment: Environment,
        functions: Functions,
        *,
        data: DataStack,
        secrets: SecretsStack,
    ) -> None:
        self._stack, self._environment, self._functions = stack, environment, functions
        # Named and not imported: the topic, and the queue for events that got lost between the ledger and deliveries.
        self._topic_arn = stack.format_arn(service="sns", resource=environment.named(WEBHOOK_TOPIC))
        parked_arn = stack.format_arn(service="sqs", resource=parked_name(environment))
        parked = sqs.Queue.from_queue_arn(stack, "parked", parked_arn)
        self._plan(parked, data)
        self._deliver(secrets)
        self._sweep()

    def _plan(self, parked: sqs.IQueue, data: DataStack) -> None:
        queue = queues.queue(self._stack, self._environment, PLAN_QUEUE, dead=parked)
        topic = sns.Topic.from_topic_arn(self._stack, WEBHOOK_TOPIC, self._topic_arn)
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TheTopicMaySend",
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],  # pyright: ignore[reportArgumentType]
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": self._topic_arn}},
            )
        )
        subscription = sns.Subscription(
            self._stack,
            f"{PLAN_QUEUE}-subscription",
            topic=topic,
            protocol=sns.SubscriptionProtocol.SQS,
            endpoint=queue.queue_arn,
            raw_message_delivery=True,
        )
        # What the topic sends before the queue lets it would be lost.
        if (policy := queue.node.try_find_child("Policy")) is not None:
            subscription.node.add_dependency(policy)
        plan = self._make(PLAN_DELIVERIES, PLAN_NEEDS, {"parking_queue": parked.queue_url})
        queues.feed(self._stack, plan, PLAN_DELIVERIES, queue, at_once=PLANNERS_MAX)
        self._stack.allow(plan, schema.ENDPOINTS, "BatchGetItem")
        self._stack.allow(plan, schema.EVENTS, "PutItem")
        self._stack.allow(plan, schema.DELIVERIES, "PutItem")
        # For the payment that an event tells of, where somebody wants it told in Stripe's shape.
        data.allow(plan, actions=("GetItem",))
        self._stack.allow_delivering(plan)
        queues.may(plan, "sqs:SendMessage", parked.queue_arn)

    def _deliver(self, secrets: SecretsStack) -> None:
        stack = self._stack
        facts: dict[str, object] = {"parking_queue": stack.dead.queue_url, "webhook_topic": self._topic_arn}
        deliver = self._make(DELIVER_EVENT, DELIVER_NEEDS, facts)
        queues.feed(self._stack, deliver, f"{DELIVER_EVENT}_healthy", stack.deliveries, at_once=HEALTHY_MAX)
        queues.feed(self._stack, deliver, f"{DELIVER_EVENT}_suspects", stack.suspects, at_once=SUSPECTS_MAX)
        stack.allow(deliver, schema.ENDPOINTS, "BatchGetItem", "UpdateItem")
        stack.allow(deliver, schema.EVENTS, "BatchGetItem")
        stack.allow(deliver, schema.DELIVERIES, "BatchGetItem", "UpdateItem")
        queues.may(deliver, "sqs:SendMessage", stack.suspects.queue_arn, stack.dead.queue_arn)
        queues.may(deliver, "sns:Publish", self._topic_arn)
        secrets.allow_reading_webhook_secret(deliver)

    def _sweep(self) -> None:
        sweep = self._make(SWEEP_DELIVERIES, SWEEP_NEEDS, {})
        self._stack.allow(sweep, f"{schema.DELIVERIES}/{schema.DELIVERIES_DUE.name}", "Query")
        self._stack.allow(sweep, schema.DELIVERIES, "BatchGetItem", "UpdateItem")
        queues.may(sweep, "sqs:SendMessage", self._stack.suspects.queue_arn)
        every_minute(self._stack, self._environment, sweep, SWEEP_DELIVERIES)

    def _make(self, name: str, needs: tuple[type[Settings], ...], facts: dict[str, object]) -> lambda_.Function:
        return self._functions.make(
            name, group="webhooks", needs=needs, facts=self._stack.facts | facts, timeout_s=queues.WORKER_TIMEOUT_S
        )
