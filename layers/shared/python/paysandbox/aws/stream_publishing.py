"""Publishing what a stream's records tell of. A table's stream is its outbox: nothing else publishes what is in it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from paysandbox.aws.dead_letter import send_to_dead_letter
from paysandbox.aws.publishing import publish
from paysandbox.aws.records import UnreadableRecordError
from paysandbox.aws.topic import Message


def publish_records(records: Iterable[Any], events_in: Callable[[Any], Sequence[Message]]) -> None:
    """Publish the events of one batch in their order. Trouble of SNS or SQS is raised: the whole batch comes again.

    `events_in` raises UnreadableRecordError for a record that says nothing to it; that one is parked, and so is what
    SNS will never take. They are parked last, so that a batch that comes again has parked nothing yet.
    """
    told: list[tuple[Message, Any]] = []
    unfit: list[tuple[Any, str]] = []
    for record in records:
        try:
            told += [(one, record) for one in events_in(record)]
        except UnreadableRecordError as error:
            unfit.append((record, str(error)))
    refused = publish([one for one, _ in told])
    unfit += [(record, refused[one.id]) for one, record in told if one.id in refused]
    for record, reason in unfit:
        send_to_dead_letter(record, reason)
