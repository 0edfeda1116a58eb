"""Publish the events in a stream's records. A table's stream is its outbox, and the only source of its events."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from paysandbox.aws.dead_letter import send_to_dead_letter
from paysandbox.aws.events.publishing import NotPublishedError, publish
from paysandbox.aws.events.topic import Message
from paysandbox.aws.stream_batch import park, process_each


def publish_records(
    records: Iterable[Any], events_in: Callable[[Any], Sequence[Message]], *, parks: bool = True
) -> None:
    """Publish the events of one batch in order. Raises errors of AWS, so that the whole batch is retried.

    `events_in` returns the events of a record, after what has to be done before they are published. A record for which
    it fails is parked (`process_each`), as is one with an event that SNS permanently rejects. The others are published,
    also later ones of the same object. If nothing `parks`, the first error is raised instead.
    """
    processed, failures = process_each(records, events_in)
    if failures and not parks:
        raise failures[0].error
    messages = [(message, record) for record, events in processed for message in events]
    rejected = publish([message for message, _ in messages])
    if rejected and not parks:
        raise NotPublishedError(next(iter(rejected.values())))
    park(failures)
    for message, record in messages:
        if message.id in rejected:
            send_to_dead_letter(record, rejected[message.id])
