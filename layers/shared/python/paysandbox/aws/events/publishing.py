"""Publish events to the environment's SNS topic, ten at a time."""

from collections.abc import Sequence

from paysandbox.aws import runtime
from paysandbox.aws.events.topic import Message, batches, entries
from paysandbox.aws.outages import OutageError
from paysandbox.aws.settings import TopicSettings


class NotPublishedError(OutageError):
    """SNS failed part of a batch for a reason that is not the sender's. Publish the whole batch again."""


def publish(events: Sequence[Message]) -> dict[str, str]:
    """Publish events in order. Returns the IDs of those that SNS permanently rejects, with the error code.

    Raises NotPublishedError, or boto3's error after its retries, if trying again may help. Events published before the
    error are then published twice; receivers recognize them by their ID.
    """
    rejected: dict[str, str] = {}
    for batch in batches(events):
        response = runtime.sns().publish_batch(
            TopicArn=runtime.settings_of(TopicSettings).webhook_topic, PublishBatchRequestEntries=entries(batch)
        )
        for failure in response.get("Failed", []):
            if not failure["SenderFault"]:
                raise NotPublishedError(failure["Code"])
            rejected[batch[int(failure["Id"])].id] = failure["Code"]
    return rejected
