"""Process a batch of records of a table's stream, each by itself, so that one that fails does not block the others.

A batch that raises is delivered again, and with it nothing of its shard's lane goes on until the records are 23 hours
old (`stacks/workers/streams.py`). So only what may pass by itself is raised: errors of AWS, and those of a release that
fails on everything. Any other error is the record's. It is parked: its position goes to the dead-letter queue.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from paysandbox.aws.dead_letter import send_to_dead_letter
from paysandbox.aws.outages import is_outage
from paysandbox.aws.records import RejectedEventError, UnreadableRecordError
from paysandbox.core.errors import Refused
from paysandbox.core.record import record

ALIKE_MIN: Final = 3
"""Records of a batch that all fail with the same error are taken for a broken release from this number on.

One or two say too little: with little traffic, they are the whole batch.
"""

R = TypeVar("R")


@record
class Failure:
    """A record that cannot be processed, and why."""

    record: Any
    error: Exception

    @property
    def reason(self) -> str:
        """The error's name, or SNS's code. Never another error's text, which may quote the record."""
        if isinstance(self.error, UnreadableRecordError | RejectedEventError):
            return str(self.error)
        name = type(self.error).__name__
        return f"{name}: {self.error.code}" if isinstance(self.error, Refused) else name


def process_each(records: Iterable[Any], process: Callable[[Any], R]) -> tuple[list[tuple[Any, R]], list[Failure]]:
    """Process records in order. Returns those that were processed, with their results, and those that failed.

    Raises the first error of AWS at once. Raises the first error if no record was processed, they are at least
    ALIKE_MIN, and all failed with the same one: the release is broken, and would park everything.
    """
    processed: list[tuple[Any, R]] = []
    failures: list[Failure] = []
    for each in records:
        try:
            processed.append((each, process(each)))
        except Exception as error:
            if is_outage(error):
                raise
            failures.append(Failure(each, error))
    if not processed and len(failures) >= ALIKE_MIN and len({failure.reason for failure in failures}) == 1:
        raise failures[0].error
    return processed, failures


def process_together(
    records: Iterable[Any], prepare: Callable[[Any], R], work: Callable[[Sequence[R]], None]
) -> list[Failure]:
    """Prepare records one by one, and do the work of all of them in order, in few calls. Returns those that failed.

    `work` is idempotent. If it fails for the batch, it is done record by record. Raises as `process_each` does.
    """
    prepared, failures = process_each(records, prepare)
    try:
        work([result for _, result in prepared])
    except Exception as error:
        if is_outage(error):
            raise
        _, more = process_each(prepared, lambda each: work([each[1]]))
        failures += [Failure(failure.record[0], failure.error) for failure in more]
    return failures


def park(failures: Iterable[Failure]) -> None:
    """Send records that failed to the dead-letter queue. Raises errors of SQS.

    To be done last, so that a batch that is retried after an error of AWS has not parked any of them yet.
    """
    for failure in failures:
        send_to_dead_letter(failure.record, failure.reason, failure.error)
