"""The topic and the parking queue in this process, for workers that publish."""

import json
from typing import Any

from paysandbox.aws import effects
from paysandbox.aws.settings import ParkingSettings, TopicSettings

Json = dict[str, Any]


class Aws:
    """The topic, a queue of a team's own that is subscribed to it, and the parking queue."""

    def __init__(self) -> None:
        self.topic = effects.sns().create_topic(Name="topic")["TopicArn"]
        self.parking = effects.sqs().create_queue(QueueName="parked")["QueueUrl"]
        self.inbox = effects.sqs().create_queue(QueueName="inbox")["QueueUrl"]
        arn = effects.sqs().get_queue_attributes(QueueUrl=self.inbox, AttributeNames=["QueueArn"])["Attributes"]
        effects.sns().subscribe(
            TopicArn=self.topic,
            Protocol="sqs",
            Endpoint=arn["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )
        assert effects.need(TopicSettings).webhook_topic == self.topic
        assert effects.need(ParkingSettings).parking_queue == self.parking

    def received(self) -> list[Any]:
        """What subscribers were told since the last look."""
        return self._taken(self.inbox)

    def bodies(self) -> list[str]:
        return [message["Body"] for message in self.received()]

    def parked(self) -> list[Json]:
        return [json.loads(message["Body"]) for message in self._taken(self.parking)]

    def _taken(self, url: str) -> list[Any]:
        taken: list[Any] = []
        while (
            messages := effects.sqs()
            .receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            .get("Messages")
        ):
            taken += messages
        return taken
