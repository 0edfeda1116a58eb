"""Publish the events in a stream's records. A table's stream is its outbox, and the only source of its events."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from paysandbox.aws.dead_letter import send_to_dead_letter
from paysandbox.aws.events.publishing import publish
from paysandbox.aws.events.topic import Message
from paysandbox.aws.records import UnreadableRecordError


def publish_records(records: Iterable[Any], events_in: Callable[[Any], Sequence[Message]]) -> None:
    """Publish the events of one batch in order. Raises errors of SNS and SQS, so that the whole batch is retried.

    `events_in` raises UnreadableRecordError for a record that it cannot parse. Such records, and those with events that
    SNS permanently rejects, go to the dead-letter queue. They go last, so that a batch that is retried after an error
    of SNS has not sent any of them yet.
    """
    messages: list[tuple[Message, Any]] = []
    failed: list[tuple[Any, str]] = []
    for record in records:
        try:
            messages += [(message, record) for message in events_in(record)]
        except UnreadableRecordError as error:
            failed.append((record, str(error)))
    rejected = publish([message for message, _ in messages])
    failed += [(record, rejected[message.id]) for message, record in messages if message.id in rejected]
    for record, reason in failed:
        send_to_dead_letter(record, reason)
