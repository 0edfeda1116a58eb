"""Worker: publish an event for each operation in the ledger's stream, the only source of payment events."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws import tracing
from paysandbox.aws.stream_publishing import publish_records
from paysandbox.aws.topic import Message
from paysandbox.payments.event import Event
from paysandbox.payments.events import payment_message
from paysandbox.payments.stream import events_in


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[Any]]:  # noqa: ARG001 - Lambda's signature
    """Publish the events of one batch of records. Raises errors of SNS and SQS, so that the whole batch is retried.

    On AWS a partial batch response would suffice, but the local engine treats it as success and would drop the rest.
    """
    publish_records(event["Records"], _messages_in)
    return {"batchItemFailures": []}


def _messages_in(record: Any) -> list[Message]:
    events = events_in(record)
    for event in events:
        if event.step.operation.trace is not None:
            _annotate(event, event.step.operation.trace)
    return [payment_message(event) for event in events]


def _annotate(event: Event, trace: str) -> None:
    """Leave a subsegment that leads to the trace of the request: X-Ray's own chain ends at the stream."""
    with tracing.subsegment("event"):
        tracing.annotate(payment_id=event.payment.id, merchant=event.merchant, outcome=str(event.type), trace_id=trace)
