"""Fair queues: which waiting messages of a standard queue are received next.

ministack receives the oldest first, so that a merchant whose receivers are slow fills every batch with its backlog. SQS
delivers messages of quiet groups before those of a group that occupies its consumers. Here the group with the fewest
messages in flight is next, and of those the oldest message. A message without a group is a group of its own, as in SQS:
a queue without groups stays in the order of sending.
"""

import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Message = dict[str, Any]


def next_messages(messages: Iterable[Message], count: int, now: float) -> list[Message]:
    """Return up to `count` visible messages, each time of the group that has the fewest in flight by then.

    A message without a group has none in flight, so no later one is before it. Without groups among the first, the rest
    of a long queue is not looked at.
    """
    first: list[Message] = []
    waiting: dict[object, deque[tuple[int, Message]]] = {}
    in_flight: Counter[object] = Counter()
    for place, message in enumerate(messages):
        group: object = message.get("group_id") or None
        if message["visible_at"] > now:
            if message["receive_count"] and group is not None:
                in_flight[group] += 1
        elif group is not None:
            waiting.setdefault(group, deque()).append((place, message))
        elif len(first) < count:
            first.append(message)
            waiting[place] = deque([(place, message)])
        if len(first) == count == len(waiting):
            return first
    taken: list[Message] = []
    while waiting and len(taken) < count:
        group = min(waiting, key=lambda candidate: (in_flight[candidate], waiting[candidate][0][0]))
        taken.append(waiting[group].popleft()[1])
        in_flight[group] += 1
        if not waiting[group]:
            del waiting[group]
    return taken


def receive_fairly(queues: Any) -> None:
    """Make ministack receive messages in this order. `queues` is its SQS service."""
    complete: Callable[[Message], None] = queues.ensure_msg_fields
    collect_fifo: Callable[[Mapping[str, Any], int, int, float], list[Message]] = queues.collect_fifo

    def completed(message: Message) -> Message:
        complete(message)
        return message

    def collect(queue: Mapping[str, Any], count: int, invisible_s: int) -> list[Message]:
        now = time.time()
        if queue["is_fifo"]:
            return collect_fifo(queue, count, invisible_s, now)
        taken = next_messages(map(completed, queue["messages"]), count, now)
        for message in taken:
            message["receipt_handle"] = str(uuid.uuid4())
            message["visible_at"] = now + invisible_s
            message["receive_count"] += 1
            message["first_receive_at"] = message["first_receive_at"] or now
        return taken

    queues.collect_msgs = collect
