"""Delivery of log subscriptions: in batches, with one invocation of the function at a time, as on AWS.

ministack starts a thread and an invocation for every line of every function. After a start, when no worker is warm,
each of them finds no idle worker and starts another: sixty workers of one function, so that the next client is
rejected. A batch here covers the whole log group, under the name of its last stream (engine/state/function_logs.py).
It has the lines of a quarter of a second, or of half a second where these are many: each batch costs an invocation.

Lines that no function has received yet are saved with the logs, and sent after the next start: again, if it was
receiving them. They are delivered at least once, as on AWS.
"""

import base64
import gzip
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from engine.fast_json import encoded

GATHERED_FOR_S: Final = 0.25
GATHERED_FOR_S_MAX: Final = 0.5
MANY: Final = 25
"""Lines of a moment from which on the next ones are gathered for longer. A few come from a single request."""

EVENTS_MAX: Final = 500

UNSENT: Final = "unsent_log_lines"
"""The name of these lines in the saved state of ministack's logs."""

Event = Mapping[str, Any]

Line = tuple[str, str, str, str, Event]
"""A line that is saved: its account, Region, log group, stream, and the line itself."""


@dataclass(frozen=True)
class Source:
    """The source of log lines, and their subscription. All lines of a batch have the same source."""

    account: str
    group: str
    filter_name: str
    region: str


@dataclass(frozen=True)
class Subscription:
    """A function's name, and a callable that invokes it."""

    function: str
    invoke: Callable[[dict[str, Any]], object]


_Waiting = tuple[Source, Subscription, str, Event]
"""A line that waits: its source, its subscription, its stream, and the line itself."""


class Subscriptions:
    """The lines waiting for each function, which a thread per function sends. `log` receives failures.

    Lines are gathered for `least_s`, and for `most_s` while they are many.
    """

    def __init__(
        self,
        new_id: Callable[[], str],
        log: Callable[[str], None],
        least_s: float = GATHERED_FOR_S,
        most_s: float = GATHERED_FOR_S_MAX,
    ) -> None:
        self._new_id = new_id
        self._log = log
        self._least_s, self._most_s = least_s, most_s
        self._waiting: dict[str, deque[_Waiting]] = {}
        self._added = threading.Condition()

    def add(self, source: Source, subscription: Subscription, stream: str, events: Sequence[Event]) -> None:
        """Queue lines of a stream without waiting."""
        with self._added:
            lines = self._waiting.get(subscription.function)
            if lines is None:
                self._waiting[subscription.function] = lines = deque()
                threading.Thread(target=self._send, args=(lines,), daemon=True, name="log lines").start()
            was_empty = not lines
            lines.extend((source, subscription, stream, event) for event in events)
            if was_empty or len(lines) >= EVENTS_MAX:
                self._added.notify_all()

    def unsent(self) -> list[Line]:
        """Return the lines that no function has received yet. Takes no lock, since a forked process calls it."""
        return [
            (source.account, source.region, source.group, stream, event)
            # Copied at once, since other threads add and remove lines.
            for lines in [*self._waiting.values()]
            for source, _, stream, event in [*lines]
        ]

    @property
    def are_sent(self) -> bool:
        """Whether no lines are waiting, and none are being sent."""
        return not any([*self._waiting.values()])

    def _send(self, lines: deque[_Waiting]) -> None:
        """Send the lines of one function for as long as the engine runs."""
        gathered_for_s = self._least_s
        while True:
            with self._added:
                self._added.wait_for(lambda: lines)
                self._added.wait_for(lambda: len(lines) >= EVENTS_MAX, gathered_for_s)
                taken = [*islice(lines, EVENTS_MAX)]
            gathered_for_s = self._most_s if len(taken) >= MANY else self._least_s
            self._send_batches(taken)
            with self._added:
                for _ in taken:
                    lines.popleft()

    def _send_batches(self, taken: Sequence[_Waiting]) -> None:
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
        return {"awslogs": {"data": base64.b64encode(gzip.compress(encoded(content), compresslevel=1)).decode()}}


def gather(logs: Any, functions: Any, request: Any, log: Callable[[str], None]) -> Subscriptions:
    """Deliver the subscriptions of ministack's log groups in batches.

    `logs` and `functions` are its services. `request` has the account and the Region of the current thread.
    """
    subscriptions = Subscriptions(lambda: uuid.uuid4().hex, log)

    def fan_out(group: str, stream: str, events: Sequence[Event]) -> None:
        filters: Mapping[str, Any] = (logs.log_groups.get(group) or {}).get("subscriptionFilters") or {}
        for subscribed in filters.values():
            function = subscribed.get("destinationArn", "").partition(":function:")[2].partition(":")[0]
            record = functions.functions.get(function) if function else None
            # A function subscribed to its own log would write lines forever.
            if record is None or group == f"/aws/lambda/{function}":
                continue
            pattern = subscribed.get("filterPattern", "")
            matched = [
                event for event in events if logs.subscription_pattern_matches(pattern, event.get("message", ""))
            ]
            if matched:
                name = subscribed.get("filterName", "")
                source = Source(request.get_account_id(), group, name, request.get_region())
                invoke = _invocation(functions, record)
                subscriptions.add(source, Subscription(function, invoke), stream, matched)

    logs.fanout_to_subscription_filters = fan_out
    return subscriptions


def keep_unsent(logs: Any, subscriptions: Subscriptions, work_in: Callable[[str, str], object]) -> Callable[[], None]:
    """Save unsent lines with the state of `logs`. Return a function that sends those of the engine before.

    It is to be called when all services have their state, in a thread of its own. `work_in` selects the account and the
    Region of the thread.
    """
    get_state, load_state = logs.get_state, logs.load_persisted_state
    of_before: deque[Line] = deque()

    def unsent() -> list[Line]:
        return [*of_before, *subscriptions.unsent()]

    def get_with_unsent() -> dict[str, Any]:
        return {**get_state(), UNSENT: unsent()}

    def load_with_unsent(state: dict[str, Any]) -> None:
        of_before.extend(state.get(UNSENT, ()))
        load_state(state)

    def send() -> None:
        while of_before:
            account, region, group, stream, event = of_before[0]
            work_in(account, region)
            logs.fanout_to_subscription_filters(group, stream, [event])
            of_before.popleft()

    logs.get_state, logs.load_persisted_state, logs.unsent_lines = get_with_unsent, load_with_unsent, unsent
    return send


def _invocation(functions: Any, record: Any) -> Callable[[dict[str, Any]], object]:
    return lambda event: functions.execute_function_with_config_scope(record, event)
