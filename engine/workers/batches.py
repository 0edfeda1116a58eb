"""The batches that functions get from queues, each in a thread, and what is left in queues and streams.

ministack starts a thread for each batch. Here threads stay for the next one, since a payment has two.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, Final

from engine.ministack import scoped

BATCH: Final = {"sqs": 10, "dynamodb": 100}
"""The size of a batch whose mapping states none, by service (Lambda API reference, `CreateEventSourceMapping`)."""

Source = tuple[str, str, dict[str, Any]]
"""An event source mapping, after its account and its Region."""


def batch_size(source: Source) -> int:
    """Return how many records a function gets at most in one invocation."""
    return int(source[2].get("BatchSize") or BATCH.get(service_of(source), 1))


def service_of(source: Source) -> str:
    """Return the service in a source's ARN, or nothing."""
    return "".join(source[2].get("EventSourceArn", "").split(":")[2:3])


class Threads:
    """Threads that stay for the next task. They do not keep the process from ending.

    `failed` gets what a task raises.
    """

    def __init__(self, failed: Callable[[Exception], object]) -> None:
        self._failed = failed
        self._tasks: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0

    def run(self, task: Callable[[], object]) -> None:
        """Run a task in an idle thread, or in a new one if there is none. Does not wait for it."""
        self._tasks.put(task)
        with self._lock:
            if self._idle:
                self._idle -= 1
                return
        threading.Thread(target=self._work, daemon=True, name="batches").start()

    @property
    def idle(self) -> int:
        """How many threads wait for a task."""
        return self._idle

    def _work(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                task()
            except Exception as error:  # noqa: BLE001 - the thread stays for the next task
                self._failed(error)
            del task  # otherwise an idle thread would keep its batch
            with self._lock:
                self._idle += 1


class Batches:
    """The batches that functions get from queues, each in a thread, and what ministack's sources contain."""

    def __init__(self, functions: Any, tables: Any, queues: Any) -> None:
        self._functions, self._tables, self._queues = functions, tables, queues
        self._threads = Threads(lambda error: functions.logger.error("a batch was not handled", exc_info=error))
        self._messages: Counter[str] = Counter()
        self._newest: dict[str, object] = {}

    def dispatch(self, name: str, handle: Callable[..., object], *arguments: Any) -> None:
        """Let a function handle a batch of a queue, as ministack's `_dispatch_esm_batch` does in a new thread."""
        in_flight, lock = self._functions.esm_inflight, self._functions.esm_inflight_lock
        context, batch = copy_context(), object()
        with lock:
            in_flight[name] = in_flight.get(name, 0) + 1
            self._newest[name] = batch
        self._messages[name] += len(arguments[3])

        def handled() -> None:
            try:
                context.run(handle, *arguments)
            finally:
                with lock:
                    if (left := in_flight[name] - 1) > 0:
                        in_flight[name] = left
                    else:
                        del in_flight[name]
                    if self._newest.get(name) is batch:
                        del self._newest[name]
                self._functions.esm_wake.set()

        self._threads.run(handled)

    def waiting(self, source: Source) -> int | None:
        """Return how many records a function could be given now, at most a batch, or None if that is not known."""
        service = service_of(source)
        if service == "sqs":
            return self._visible(source)
        return self._unread(source) if service == "dynamodb" else None

    def taken(self, source: Source) -> int:
        """Return how many records were taken from a source so far."""
        return self._messages[source[2]["UUID"]] + (self._position(source) or 0)

    def is_busy(self, source: Source) -> bool:
        """Return whether the function is still handling the newest batch of a queue. One of a stream is awaited."""
        return source[2]["UUID"] in self._newest

    def _visible(self, source: Source) -> int | None:
        arn = source[2]["EventSourceArn"]
        every: list[Mapping[str, Any]] = [*scoped(self._queues.queues).values()]
        queue = next((queue for queue in every if queue.get("attributes", {}).get("QueueArn") == arn), None)
        if queue is None:
            return None
        now, most, count = time.time(), batch_size(source), 0
        for message in [*queue["messages"]]:
            if message.get("visible_at", 0.0) <= now:
                count += 1
                if count == most:
                    break
        return count

    def _unread(self, source: Source) -> int | None:
        position = self._position(source)
        if position is None:
            return None  # it is set by the first poll
        account, region, mapping = source
        table = mapping["EventSourceArn"].partition("/stream/")[0].rpartition("/")[2]
        records = self._tables.stream_records.get_scoped(account, region, table) or ()
        trimmed = self._tables.stream_trimmed.get_scoped(account, region, table, 0)
        return max(0, trimmed + len(records) - position)

    def _position(self, source: Source) -> int | None:
        account, region, mapping = source
        return self._functions.dynamodb_stream_positions.get_scoped(account, region, mapping["UUID"])
