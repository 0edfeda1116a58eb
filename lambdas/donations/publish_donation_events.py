"""Worker: publish donation events from the donations table's stream. It is the only publisher of these events."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.events.stream_publishing import publish_records
from paysandbox.aws.events.topic import Message
from paysandbox.donations.events import donation_message
from paysandbox.donations.stream import donation_events_in


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[Any]]:  # noqa: ARG001 - Lambda's signature
    """Process a batch of stream records. Errors of SNS or SQS are raised, so that the whole batch is retried.

    A partial batch response would suffice on AWS, but the local engine treats it as success and would lose the rest of
    the batch.
    """
    publish_records(event["Records"], _messages_in)
    return {"batchItemFailures": []}


def _messages_in(record: Any) -> list[Message]:
    return [donation_message(event) for event in donation_events_in(record)]
