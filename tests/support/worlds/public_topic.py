"""The topic and the dead-letter queue in this process, for tests of workers that publish."""

import json
from typing import Any

from paysandbox.aws import runtime
from paysandbox.aws.settings import DeadLetterSettings, TopicSettings

Json = dict[str, Any]


class Aws:
    """The topic, a queue that is subscribed to it, and the dead-letter queue."""

    def __init__(self) -> None:
        self.topic = runtime.sns().create_topic(Name="topic")["TopicArn"]
        self.parking = runtime.sqs().create_queue(QueueName="parked")["QueueUrl"]
        self.inbox = runtime.sqs().create_queue(QueueName="inbox")["QueueUrl"]
        arn = runtime.sqs().get_queue_attributes(QueueUrl=self.inbox, AttributeNames=["QueueArn"])["Attributes"]
        runtime.sns().subscribe(
            TopicArn=self.topic,
            Protocol="sqs",
            Endpoint=arn["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )
        assert runtime.settings_of(TopicSettings).webhook_topic == self.topic
        assert runtime.settings_of(DeadLetterSettings).dead_letter_queue == self.parking

    def received(self) -> list[Any]:
        """Return the messages that subscribers received since the last call."""
        return self._taken(self.inbox)

    def bodies(self) -> list[str]:
        return [message["Body"] for message in self.received()]

    def parked(self) -> list[Json]:
        return [json.loads(message["Body"]) for message in self._taken(self.parking)]

    def _taken(self, url: str) -> list[Any]:
        taken: list[Any] = []
        while (
            messages := runtime.sqs()
            .receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            .get("Messages")
        ):
            taken += messages
        return taken
