"""The harness of every crash test: each AWS call of a piece of work fails, in each way, one at a time.

    with wire.record() as recorded:
        work()
    for failure in failures(recorded, TROUBLES):
        with failure.happening(wire):
            batch = attempted(work, batch)
        …

Which calls there are is found out by recording a faultless run, so that a call that is new tomorrow fails tomorrow.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tests.support import aws_transport as on_the_wire
from tests.support.aws_transport import Fault, Killed, Sent, Wire


@dataclass(frozen=True)
class Trouble:
    """What happens to a call: to its first try, or to all of them."""

    name: str
    fault: Fault
    lasting: bool = False

    def __str__(self) -> str:
        return self.name


# boto3 tries again by itself, and may meet what it has done.
CONNECTION_GONE: Final = Trouble("connection gone", on_the_wire.never_left)
ANSWER_LOST: Final = Trouble("answer lost", on_the_wire.answer_lost)
# boto3 gives up.
EVERY_ANSWER_LOST: Final = Trouble("every answer lost", on_the_wire.answer_lost, lasting=True)
THROTTLED: Final = Trouble("throttled", on_the_wire.refused_with(400, "ThrottlingException"), lasting=True)
FAILING: Final = Trouble("failing", on_the_wire.refused_with(500, "InternalServerError"), lasting=True)
# Nobody is there any more, before the call took effect and after.
KILLED_BEFORE: Final = Trouble("killed before", on_the_wire.killed_before)
KILLED_AFTER: Final = Trouble("killed after", on_the_wire.killed_after)


@dataclass(frozen=True)
class Failure:
    """One call, counted from 0, and what happens to it."""

    trouble: Trouble
    call: int
    operation: str = ""

    def __str__(self) -> str:
        return f"{self.trouble} at call {self.call} ({self.operation})"

    @contextmanager
    def happening(self, wire: Wire) -> Iterator[list[Sent]]:
        """Let it happen meanwhile; gives what is sent."""
        with wire.broken(self.trouble.fault, when=self._hits) as sent:
            yield sent

    def _hits(self, sent: Sent) -> bool:
        return sent.call == self.call and (self.trouble.lasting or sent.attempt == 0)


def all_but_equal_reads(calls: Sequence[Sent]) -> list[int]:
    """Every call; of many equal reads side by side the first and the last, for they differ in nothing."""
    operations = [sent.operation for sent in calls]
    inside = {place for place in range(1, len(operations) - 1) if operations[place - 1 : place + 2] == ["Query"] * 3}
    return [place for place in range(len(operations)) if place not in inside]


def failures(
    recorded: Iterable[Sent],
    *troubles: Trouble,
    worth: Callable[[Sequence[Sent]], Iterable[int]] = all_but_equal_reads,
) -> list[Failure]:
    """Each trouble at each call of a recorded run that is worth it. A run without calls proves nothing."""
    calls = [sent for sent in recorded if sent.attempt == 0]
    places = list(worth(calls))
    if not places:
        raise AssertionError("the recorded run made no call")
    return [Failure(trouble, place, calls[place].operation) for trouble in troubles for place in places]


def attempted(work: Callable[[], list[Any]], batch: list[Any]) -> list[Any]:
    """One run of a worker: the messages that come again. One that dies, or raises, gets all of them again."""
    try:
        return work()
    except (Killed, Exception):  # noqa: BLE001 - whatever it is, Lambda gives all of it back
        return batch
