"""Harness for crash tests: fail each AWS call of an operation, in each way, one at a time.

    with wire.record() as recorded:
        work()
    for failure in failures(recorded, TROUBLES):
        with failure.happening(wire):
            batch = attempted(work, batch)
        …

The calls are recorded from a run without faults, so that tests also cover calls that are added later.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tests.support.worlds import aws_transport as on_the_wire
from tests.support.worlds.aws_transport import Fault, Killed, Sent, Wire


@dataclass(frozen=True)
class Trouble:
    """A fault of a call: of its first attempt, or (`lasting`) of all attempts."""

    name: str
    fault: Fault
    lasting: bool = False

    def __str__(self) -> str:
        return self.name


# boto3 retries, and may find the effect of its first attempt.
CONNECTION_GONE: Final = Trouble("connection gone", on_the_wire.never_left)
ANSWER_LOST: Final = Trouble("answer lost", on_the_wire.answer_lost)
# boto3 gives up.
EVERY_ANSWER_LOST: Final = Trouble("every answer lost", on_the_wire.answer_lost, lasting=True)
THROTTLED: Final = Trouble("throttled", on_the_wire.refused_with(400, "ThrottlingException"), lasting=True)
FAILING: Final = Trouble("failing", on_the_wire.refused_with(500, "InternalServerError"), lasting=True)
# The process is killed before or after the call took effect.
KILLED_BEFORE: Final = Trouble("killed before", on_the_wire.killed_before)
KILLED_AFTER: Final = Trouble("killed after", on_the_wire.killed_after)


READS: Final = frozenset(
    {
        *("GetItem", "BatchGetItem", "Query", "Scan"),
        *("GetObject", "HeadObject", "ListObjectsV2"),
        *("GetParameter", "GetSecretValue"),
    }
)
"""Calls without an effect."""


@dataclass(frozen=True)
class Failure:
    """A call, counted from 0, and its fault."""

    trouble: Trouble
    call: int
    operation: str = ""

    def __str__(self) -> str:
        return f"{self.trouble} at call {self.call} ({self.operation})"

    @contextmanager
    def happening(self, wire: Wire) -> Iterator[list[Sent]]:
        """Inject the failure in the block. Yields the requests sent."""
        with wire.broken(self.trouble.fault, when=self._hits) as sent:
            yield sent

    def _hits(self, sent: Sent) -> bool:
        return sent.call == self.call and (self.trouble.lasting or sent.attempt == 0)


def all_but_equal_reads(calls: Sequence[Sent]) -> list[int]:
    """Return the positions of all calls; of a series of queries, only the first and the last, since all are alike."""
    operations = [sent.operation for sent in calls]
    inside = {place for place in range(1, len(operations) - 1) if operations[place - 1 : place + 2] == ["Query"] * 3}
    return [place for place in range(len(operations)) if place not in inside]


def writes(calls: Sequence[Sent]) -> list[int]:
    """Return the positions of the calls with an effect."""
    return [place for place, sent in enumerate(calls) if sent.operation not in READS]


def failures(
    recorded: Iterable[Sent],
    *troubles: Trouble,
    worth: Callable[[Sequence[Sent]], Iterable[int]] = all_but_equal_reads,
) -> list[Failure]:
    """Combine each trouble with each call of a recorded run that `worth` selects. Fails if no call is selected."""
    calls = [sent for sent in recorded if sent.attempt == 0]
    places = list(worth(calls))
    if not places:
        raise AssertionError("the recorded run made no call")
    return [Failure(trouble, place, calls[place].operation) for trouble in troubles for place in places]


def attempted(work: Callable[[], list[Any]], batch: list[Any]) -> list[Any]:
    """Run a worker, and return the messages to retry: all of them if the worker is killed or raises."""
    try:
        return work()
    except (Killed, Exception):  # noqa: BLE001 - whatever it is, Lambda gives all of it back
        return batch


def reads_fail_once(found: Iterable[Failure]) -> list[Failure]:
    """Leave out failures of reads that are others' over again.

    A kill after a read leaves what a kill before it leaves, and a read whose first answer is lost is sent again.
    """
    same = (CONNECTION_GONE, ANSWER_LOST, KILLED_AFTER)
    return [failure for failure in found if failure.operation not in READS or failure.trouble not in same]


def kills_once(found: Sequence[Failure]) -> list[Failure]:
    """Leave out kills that leave what another leaves: nothing changes between two calls with an effect.

    So a process dies before the first call, and after each with an effect. Failures of other kinds stay.
    """
    first = min(failure.call for failure in found)
    return [
        failure
        for failure in found
        if not (failure.trouble is KILLED_BEFORE and failure.call != first)
        and not (failure.trouble is KILLED_AFTER and failure.operation in READS)
    ]
