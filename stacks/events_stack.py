"""Events: from the ledger's stream to a topic that anybody in the account may subscribe to.

The stream is the outbox: what a record adds to a payment's operations are the events, and no handler publishes.
"""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam, aws_sns as sns, aws_sqs as sqs
from constructs import Construct

from paysandbox.settings import ParkingSettings, TopicSettings
from stacks import nag_reasons
from stacks.data_stack import DataStack
from stacks.environments import Environment
from stacks.functions import Functions
from stacks.streams import read_stream

WEBHOOK_TOPIC: Final = "WebhookTopic"
PUBLISH_EVENT: Final = "publish_event"

# A batch of records holds twice as many events at most, ten to a call: seconds, unless SNS is in trouble.
TIMEOUT_S: Final = 60
# Payments have a version, claims have none. A payment that is purged has no new image.
PAYMENTS_ONLY: Final = {"dynamodb": {"NewImage": {"version": {"N": [{"exists": True}]}}}}
PARKED_FOR: Final = cdk.Duration.days(14)


def parked_name(environment: Environment) -> str:
    """The queue of what could not be published, by name: whoever watches it imports nothing."""
    return environment.named(f"{PUBLISH_EVENT}-parked")


class EventsStack(cdk.Stack):
    """`WebhookTopic`, who publishes there, and where that function puts what it cannot read."""

    def __init__(self, scope: Construct, environment: Environment, *, packages: Path, data: DataStack) -> None:
        super().__init__(
            scope,
            environment.named("events"),
            env=environment.aws,
            description="Serverless Payments Sandbox: events",
        )
        topic = sns.Topic(self, WEBHOOK_TOPIC, topic_name=environment.named(WEBHOOK_TOPIC), enforce_ssl=True)
        parked = sqs.Queue(
            self,
            "parked",
            queue_name=parked_name(environment),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=PARKED_FOR,
        )
        nag_reasons.acknowledge(parked, "SQS3 of the parked")
        publish = Functions(self, environment, packages=packages).make(
            PUBLISH_EVENT,
            group="events",
            needs=(TopicSettings, ParkingSettings),
            facts={"webhook_topic": topic.topic_arn, "parking_queue": parked.queue_url},
            timeout_s=TIMEOUT_S,
        )
        for action, resource in (("sns:Publish", topic.topic_arn), ("sqs:SendMessage", parked.queue_arn)):
            publish.add_to_role_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
        data.allow_stream(publish)
        read_stream(self, publish, PUBLISH_EVENT, stream=data.stream_arn, parked=parked.queue_arn, only=PAYMENTS_ONLY)
        cdk.CfnOutput(self, "WebhookTopicArn", value=topic.topic_arn, description="Where events are published")
