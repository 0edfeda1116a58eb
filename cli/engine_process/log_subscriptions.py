"""What a log group's subscription is sent: batches, and one invocation of its function at a time, as on AWS.

ministack starts a thread and an invocation for every line of every function. After a start, when no worker is warm,
each of them finds none idle and starts one of its own: sixty workers of one function, and the next client is refused.
It also opens a log stream for every invocation, where AWS has one for each execution environment: a batch is of a
group here, under the name of its last stream, or each would hold one line.
"""

import base64
import gzip
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GATHERED_FOR_S = 0.1
EVENTS_MAX = 500

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """Where lines come from, and whose subscription is sent them: one batch is of one source."""

    account: str
    group: str
    filter_name: str


@dataclass(frozen=True)
class Subscription:
    """A function by its name, and how it is invoked."""

    function: str
    invoke: Callable[[dict[str, Any]], object]


class Subscriptions:
    """Gathers the lines for each function, and invokes it in a thread of its own. `log` is given what failed."""

    def __init__(
        self, new_id: Callable[[], str], log: Callable[[str], None], gathered_for_s: float = GATHERED_FOR_S
    ) -> None:
        self._new_id = new_id
        self._log = log
        self._gathered_for_s = gathered_for_s
        self._waiting: dict[str, deque[tuple[Source, Subscription, str, Event]]] = {}
        self._lock = threading.Lock()
        self._done = threading.Condition(self._lock)

    def add(self, source: Source, subscription: Subscription, stream: str, events: Sequence[Event]) -> None:
        """Take lines of a stream; returns at once."""
        with self._lock:
            lines = self._waiting.get(subscription.function)
            if lines is None:
                self._waiting[subscription.function] = lines = deque()
                threading.Thread(target=self._send, args=(subscription.function,), daemon=True).start()
            lines.extend((source, subscription, stream, event) for event in events)

    def flush(self, patience_s: float) -> bool:
        """Wait until everything that was taken is sent; whether it was."""
        deadline = time.monotonic() + patience_s
        with self._done:
            while self._waiting:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._done.wait(left)
            return True

    def _send(self, function: str) -> None:
        while True:
            time.sleep(self._gathered_for_s)
            with self._lock:
                lines = self._waiting[function]
                taken = [lines.popleft() for _ in range(min(len(lines), EVENTS_MAX))]
                if not taken:
                    # Whoever adds from now on starts another thread.
                    del self._waiting[function]
                    self._done.notify_all()
                    return
            streams: dict[Source, str] = {}
            by_source: dict[Source, tuple[Subscription, list[Event]]] = {}
            for source, subscription, stream, event in taken:
                streams[source] = stream
                by_source.setdefault(source, (subscription, []))[1].append(event)
            for source, (subscription, events) in by_source.items():
                try:
                    subscription.invoke(self._batch(source, streams[source], events))
                except Exception as error:  # noqa: BLE001 - as CloudWatch Logs: what comes next is sent all the same
                    self._log(f"log subscription of {source.group} failed: {error}")

    def _batch(self, source: Source, stream: str, events: Sequence[Event]) -> dict[str, Any]:
        now_ms = int(time.time() * 1000)
        content = {
            "messageType": "DATA_MESSAGE",
            "owner": source.account,
            "logGroup": source.group,
            "logStream": stream,
            "subscriptionFilters": [source.filter_name],
            "logEvents": [
                {"id": self._new_id(), "timestamp": event.get("timestamp", now_ms), "message": event.get("message", "")}
                for event in events
            ],
        }
        return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(content).encode())).decode()}}


def gather(logs: Any, functions: Any, log: Callable[[str], None]) -> Subscriptions:
    """Send what ministack's log groups subscribe functions to in batches. `logs` and `functions` are its services."""
    from ministack.core.responses import get_account_id, new_uuid  # pyright: ignore[reportMissingImports] - it lives in .venv-engine only

    subscriptions = Subscriptions(lambda: new_uuid().replace("-", ""), log)

    def fan_out(group: str, stream: str, events: Sequence[Event]) -> None:
        filters: Mapping[str, Any] = (logs._log_groups.get(group) or {}).get("subscriptionFilters") or {}  # noqa: SLF001 - there is no other way to it
        for subscribed in filters.values():
            function = subscribed.get("destinationArn", "").partition(":function:")[2].partition(":")[0]
            record = functions._functions.get(function) if function else None  # noqa: SLF001 - as above
            # A function that was sent its own lines would write lines for ever.
            if record is None or group == f"/aws/lambda/{function}":
                continue
            pattern = subscribed.get("filterPattern", "")
            matched = [one for one in events if logs._subscription_pattern_matches(pattern, one.get("message", ""))]  # noqa: SLF001 - as above
            if matched:
                source = Source(get_account_id(), group, subscribed.get("filterName", ""))
                invoke = _invocation(functions, record)
                subscriptions.add(source, Subscription(function, invoke), stream, matched)

    logs._fanout_to_subscription_filters = fan_out  # noqa: SLF001 - as above
    return subscriptions


def _invocation(functions: Any, record: Any) -> Callable[[dict[str, Any]], object]:
    return lambda event: functions._execute_function_with_config_scope(record, event)  # noqa: SLF001 - as above
