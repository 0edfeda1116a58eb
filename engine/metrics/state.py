"""What the engine's state shows when it is asked: queues, processes of functions, payments, and the clock."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.metrics.exposition import Family, Sample
from paysandbox import VERSION

STATES: Final = ("waiting", "in_flight", "delayed")


@dataclass(frozen=True)
class Observed:
    """Functions that return the current state.

    `queues` are records of ministack's SQS, `consumed` are the ARNs of those that functions take messages from.
    `processes` are how many processes of functions are busy, and how many are idle. `payments` are those that count
    towards `payments_max`. `offset_s` is how far the sandbox's clock is ahead.
    """

    queues: Callable[[], Iterable[Mapping[str, Any]]]
    consumed: Callable[[], frozenset[str]]
    processes: Callable[[], tuple[int, int]]
    payments: Callable[[], int]
    payments_max: int
    offset_s: Callable[[], int]
    queue_prefix: str


def families(state: Observed) -> Iterator[Family]:
    """Yield the metrics."""
    yield Family("paysandbox_build", "info", "The version of the sandbox.", [Sample(1, [("version", VERSION)])])
    yield from _of_queues(state, time.time())
    busy, idle = state.processes()
    yield Family(
        "paysandbox_function_processes",
        "gauge",
        "Processes in which functions run.",
        [Sample(busy, [("state", "busy")]), Sample(idle, [("state", "idle")])],
    )
    yield Family(
        "paysandbox_payments", "gauge", "Payments that the sandbox keeps, of all merchants.", [Sample(state.payments())]
    )
    yield Family("paysandbox_payments_max", "gauge", "How many payments it takes.", [Sample(state.payments_max)])
    yield Family(
        "paysandbox_clock_offset_seconds",
        "gauge",
        "How far the sandbox's clock is ahead of the machine's.",
        [Sample(state.offset_s())],
    )


def _of_queues(state: Observed, now: float) -> Iterator[Family]:
    """Yield the messages of the sandbox's own queues. A queue that no function takes from has dead letters."""
    consumed = state.consumed()
    waiting: list[Sample] = []
    dead: list[Sample] = []
    for queue in state.queues():
        arn: str = queue["attributes"]["QueueArn"]
        name = arn.rpartition(":")[2]
        if not name.startswith(state.queue_prefix):
            continue
        labels = [("queue", name.removeprefix(state.queue_prefix))]
        # A copy, since other threads send and take messages.
        messages = [*queue["messages"]]
        if arn in consumed:
            counts = Counter(_state(message, now) for message in messages)
            waiting += (Sample(counts[each], [*labels, ("state", each)]) for each in STATES)
        else:
            dead.append(Sample(len(messages), labels))
    yield Family("paysandbox_queue_messages", "gauge", "Messages in the queues of workers.", waiting)
    yield Family("paysandbox_dead_letters", "gauge", "Messages that workers gave up, by queue.", dead)


def _state(message: Mapping[str, Any], now: float) -> str:
    """Return a message's state, as SQS counts it. One that was never received has no count at first."""
    if message.get("visible_at", now) <= now:
        return "waiting"
    return "in_flight" if message.get("receive_count") else "delayed"
