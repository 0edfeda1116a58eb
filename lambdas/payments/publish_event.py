"""Worker: publishes the operations that the ledger's stream tells of. Nothing else publishes."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.stream_publishing import publish_records
from paysandbox.aws.topic import Message
from paysandbox.payments.events import payment_message
from paysandbox.payments.stream import events_in


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[Any]]:  # noqa: ARG001 - Lambda's signature
    """One batch of records. Trouble of SNS or SQS is raised: the whole batch comes again.

    A partial answer would do on AWS; the local engine takes one for success, and the rest of the batch would be lost.
    """
    publish_records(event["Records"], _messages_in)
    return {"batchItemFailures": []}


def _messages_in(record: Any) -> list[Message]:
    return [payment_message(event) for event in events_in(record)]
