"""Publish the events in a stream's records. A table's stream is its outbox, and the only source of its events."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from paysandbox.aws.dead_letter import send_to_dead_letter
from paysandbox.aws.events.publishing import NotPublishedError, publish
from paysandbox.aws.events.topic import Message
from paysandbox.aws.stream_batch import park, process_together


def publish_records(
    records: Iterable[Any], events_in: Callable[[Any], Sequence[Message]], *, parks: bool = True
) -> None:
    """Publish the events of one batch in order. Raises errors of AWS, so that the whole batch is retried.

    `events_in` returns the events of a record, after what has to be done before they are published. A record that fails
    is parked (`process_together`), as is one with an event that SNS permanently rejects. The others are published, also
    later ones of the same object. If nothing `parks`, the first error is raised instead.
    """
    rejected: list[tuple[Any, str]] = []

    def publish_all(every: Sequence[tuple[Any, Sequence[Message]]]) -> None:
        codes = publish([message for _, messages in every for message in messages])
        rejected.extend(
            (record, codes[message.id]) for record, messages in every for message in messages if message.id in codes
        )

    failures = process_together(records, lambda record: (record, events_in(record)), publish_all)
    if not parks:
        if failures:
            raise failures[0].error
        if rejected:
            raise NotPublishedError(rejected[0][1])
    park(failures)
    for record, code in rejected:
        send_to_dead_letter(record, code)
