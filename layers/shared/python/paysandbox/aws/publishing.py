"""Publishing events on the environment's topic, ten at a time."""

from collections.abc import Sequence

from paysandbox.aws import runtime
from paysandbox.aws.settings import TopicSettings
from paysandbox.aws.topic import Message, batches, entries


class NotPublishedError(Exception):
    """SNS took only some of a batch, for a reason of its own: all of it is to be published again."""


def publish(events: Sequence[Message]) -> dict[str, str]:
    """Publish them in their order. The ids of those that SNS will never take, with its reason.

    Raises NotPublishedError, or what boto3 raises after its tries, where trying again may help. What was published by
    then is published again: the ids tell.
    """
    refused: dict[str, str] = {}
    for batch in batches(events):
        answer = runtime.sns().publish_batch(
            TopicArn=runtime.settings_of(TopicSettings).webhook_topic, PublishBatchRequestEntries=entries(batch)
        )
        for failure in answer.get("Failed", []):
            if not failure["SenderFault"]:
                raise NotPublishedError(failure["Code"])
            refused[batch[int(failure["Id"])].id] = failure["Code"]
    return refused
