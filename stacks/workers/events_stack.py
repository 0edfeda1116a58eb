"""Events: from the streams of the ledger and of Stripe's objects to a topic that anything in the account can
subscribe to.

A stream is the outbox: operations that a write adds to a payment become events, and so does the change of an object. No
handler publishes. A second reader of the ledger's stream stores what operations let fall due (`timer_workers`).
"""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_sns as sns, aws_sqs as sqs
from constructs import Construct

from paysandbox.aws.resources import (
    BALANCE_JOURNAL,
    LEDGER_STREAM,
    MERCHANT_FUNDS,
    SEARCH_INDEX,
    STRIPE_OBJECTS as STRIPE_OBJECTS_TABLE,
    STRIPE_OBJECTS_STREAM,
    TOPIC,
    UNPUBLISHED_EVENTS,
    Grant,
    Resource,
)
from paysandbox.aws.schema import STRIPE_OBJECTS
from paysandbox.aws.settings import ClockSettings, FeeSettings, ReferenceSettings, Settings
from paysandbox.http.route import Function
from stacks import nag_reasons
from stacks.data.data_stack import DataStack
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.resources import READ_STREAM, Place, Resources
from stacks.workers.streams import read_stream
from stacks.workers.timer_workers import make_timer_workers

WEBHOOK_TOPIC: Final = TOPIC.name
PUBLISH_EVENT: Final = "publish_event"
PUBLISH_OBJECT_EVENTS: Final = "publish_object_events"

# A batch of records becomes at most twice as many events, published ten per call, and few need some calls before:
# seconds, unless AWS has an outage.
TIMEOUT_S: Final = 60
# Payments have a version, idempotency records have none, and so have all of Stripe's objects. What expires has no new
# image: it is removed from the search index.
_VERSION: Final = {"version": {"N": [{"exists": True}]}}
WITH_VERSION: Final = (
    {"dynamodb": {"NewImage": _VERSION}},
    {"eventName": ["REMOVE"], "dynamodb": {"OldImage": _VERSION}},
)
DEAD_LETTERS_RETENTION: Final = cdk.Duration.days(14)


def _publisher(
    name: str, group: str, stream: Resource, *grants: Grant, needs: tuple[type[Settings], ...] = ()
) -> Function:
    return Function(
        name=name,
        group=group,
        grants=(
            Grant(TOPIC, ("Publish",)),
            Grant(UNPUBLISHED_EVENTS, ("SendMessage",)),
            Grant(stream, READ_STREAM),
            *grants,
        ),
        needs=needs,
        timeout_s=TIMEOUT_S,
    )


# A payment may save its card for a customer of the Stripe-compatible API, and complete a Checkout session.
_CHANGE_OBJECTS: Final = Grant(STRIPE_OBJECTS_TABLE, ("GetItem", "PutItem"))
# What a payment moved is entered into the journal of balances: a transaction needs the right to each operation.
_ENTER: Final = Grant(BALANCE_JOURNAL, ("BatchGetItem", "PutItem", "UpdateItem"))
_INDEX: Final = Grant(SEARCH_INDEX, ("BatchWriteItem",))
_PUBLISH: Final = _publisher(
    PUBLISH_EVENT,
    "payments",
    LEDGER_STREAM,
    _CHANGE_OBJECTS,
    _ENTER,
    _INDEX,
    needs=(FeeSettings, ReferenceSettings),
)
# A setup intent may complete a Checkout session, and a payout may get its outcome, which gives the amount of one that
# fails back.
_PUBLISH_OBJECTS: Final = _publisher(
    PUBLISH_OBJECT_EVENTS,
    "stripe_api",
    STRIPE_OBJECTS_STREAM,
    _CHANGE_OBJECTS,
    Grant(MERCHANT_FUNDS, ("PutItem", "UpdateItem")),
    _INDEX,
    needs=(ClockSettings, ReferenceSettings),
)


def dead_letters_name(environment: Environment) -> str:
    """Return the name of the dead-letter queue of unpublished events. Monitoring refers to it by name."""
    return environment.named(f"{PUBLISH_EVENT}-parked")


class EventsStack(cdk.Stack):
    """`WebhookTopic`, the functions that publish to it from streams, and their dead-letter queue."""

    def __init__(
        self, scope: Construct, environment: Environment, *, packages: Path, data: DataStack, resources: Resources
    ) -> None:
        super().__init__(
            scope,
            environment.named("events"),
            env=environment.aws,
            description="Serverless Payments Sandbox: events",
        )
        topic = sns.Topic(self, WEBHOOK_TOPIC, topic_name=environment.named(WEBHOOK_TOPIC), enforce_ssl=True)
        dead_letters = sqs.Queue(
            self,
            "parked",
            queue_name=dead_letters_name(environment),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=DEAD_LETTERS_RETENTION,
        )
        nag_reasons.acknowledge(dead_letters, "SQS3 of dead letters")
        self._register(environment, resources, topic=topic, dead_letters=dead_letters)
        functions = Functions(self, environment, packages=packages, resources=resources)
        for publisher, stream in ((_PUBLISH, data.stream_arn), (_PUBLISH_OBJECTS, data.stream_of(STRIPE_OBJECTS))):
            read_stream(
                self,
                functions.make(publisher),
                publisher.name,
                stream=stream,
                dead_letters=dead_letters.queue_arn,
                only=WITH_VERSION,
                lanes=environment.stream_lanes,
            )
        make_timer_workers(self, environment, functions, resources, stream=data.stream_arn, dead_letters=dead_letters)
        cdk.CfnOutput(self, "WebhookTopicArn", value=topic.topic_arn, description="SNS topic of the events")

    def _register(
        self, environment: Environment, resources: Resources, *, topic: sns.Topic, dead_letters: sqs.Queue
    ) -> None:
        """Register both. Other stacks refer to them by name, so that this stack can change independently."""

        def topic_arn(stack: cdk.Stack) -> str:
            own = stack is self
            return (
                topic.topic_arn if own else stack.format_arn(service="sns", resource=environment.named(WEBHOOK_TOPIC))
            )

        def queue_arn(stack: cdk.Stack) -> str:
            own = stack is self
            return (
                dead_letters.queue_arn
                if own
                else stack.format_arn(service="sqs", resource=dead_letters_name(environment))
            )

        def queue_url(stack: cdk.Stack) -> str:
            host = f"sqs.{stack.region}.{stack.url_suffix}"
            named = f"https://{host}/{stack.account}/{dead_letters_name(environment)}"
            return dead_letters.queue_url if stack is self else named

        resources.add(
            TOPIC, Place(service="sns", arns=(topic_arn,), facts=lambda stack: {"webhook_topic": topic_arn(stack)})
        )
        resources.add(
            UNPUBLISHED_EVENTS,
            Place(service="sqs", arns=(queue_arn,), facts=lambda stack: {"dead_letter_queue": queue_url(stack)}),
        )
