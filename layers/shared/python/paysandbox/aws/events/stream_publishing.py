"""Publish the events in a stream's records. A table's stream is its outbox, and the only source of its events."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from paysandbox.aws.events.publishing import publish
from paysandbox.aws.events.topic import Message
from paysandbox.aws.records import RejectedEventError
from paysandbox.aws.stream_batch import Failure, park, process_together

EventsIn = Callable[[Any], Sequence[Message]]
"""Returns the events of a record, after what has to be done before they are published."""


def publish_records(records: Iterable[Any], events_in: EventsIn) -> None:
    """Publish the events of one batch, and park the records that fail: see `publish_readable`."""
    park(publish_readable(records, events_in))


def publish_readable(records: Iterable[Any], events_in: EventsIn) -> list[Failure]:
    """Publish the events of one batch in order. Raises errors of AWS, so that the whole batch is retried.

    Returns the records that fail (`process_together`), and those with an event that SNS permanently rejects. The others
    are published, also later ones of the same object.
    """
    rejected: list[Failure] = []

    def publish_all(every: Sequence[tuple[Any, Sequence[Message]]]) -> None:
        codes = publish([message for _, messages in every for message in messages])
        rejected.extend(
            Failure(record, RejectedEventError(codes[message.id]))
            for record, messages in every
            for message in messages
            if message.id in codes
        )

    failures = process_together(records, lambda record: (record, events_in(record)), publish_all)
    return failures + rejected
