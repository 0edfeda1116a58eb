"""The log lines of functions that the engine keeps: in few streams, and the newest of each group.

ministack opens a log stream for every invocation and keeps all of them, in memory and in every snapshot. AWS has one
for each execution environment, and deletes events when their retention ends. Here the invocations of a function share a
stream until it is full, and with each new stream a group loses its oldest ones. If all groups together have too many
lines, the group with the most loses its oldest ones.

Lines are stored up to 50 ms after their invocation, several invocations at once, unless somebody reads the logs before.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

STREAM_LINES: Final = 2_500
LINES_MIN: Final = 5_000
"""How many lines a group keeps at least, unless there are too many. The request log has its own copy of them."""
LINES_MAX: Final = 30_000
"""How many lines all groups keep together: some 30 MB, and as much while a snapshot is written."""
CHECKED_EVERY_LINES: Final = 1_000


GATHERED_FOR_S: Final = 0.05
GATHERED_MAX: Final = 1_000_000
"""How many characters of lines wait. With more, they are stored at once: a function can log megabytes."""


@dataclass(frozen=True, slots=True)
class Run:
    """An invocation that has ended, with what it has logged. `at_ms` are milliseconds since 1970."""

    function: Any
    request_id: str
    text: str
    failed: bool
    duration_ms: int
    at_ms: int

    @property
    def config(self) -> Mapping[str, Any]:
        """The configuration of the function."""
        config: Mapping[str, Any] = self.function.get("config") or self.function
        return config

    def lines(self, memory_mb: int) -> list[str]:
        """Return its lines, with a report as the last one."""
        report = (
            f"REPORT RequestId: {self.request_id}\tDuration: {self.duration_ms} ms\t"
            f"Billed Duration: {self.duration_ms} ms\tMemory Size: {self.config.get('MemorySize', 128)} MB\t"
            f"Max Memory Used: {memory_mb} MB"
        )
        return [*self.text.splitlines(), report]


class FunctionLogs:
    """Stores the lines of invocations. `logs` and `functions` are ministack's services.

    `note` is called when an invocation has written lines of its own, or failed: the engine's state has changed. A sweep
    that finds nothing has only its REPORT line, which need not be saved by itself.
    """

    def __init__(
        self,
        logs: Any,
        functions: Any,
        note: Callable[[], None],
        stream_lines: int = STREAM_LINES,
        lines_min: int = LINES_MIN,
        lines_max: int = LINES_MAX,
    ) -> None:
        self._logs = logs
        self._functions = functions
        self._note = note
        self._stream_lines = stream_lines
        self._lines_min = lines_min
        self._lines_max = lines_max
        self._lines_since_check = CHECKED_EVERY_LINES  # those of an earlier run were not counted
        # Invocations end in several threads, and the lines of a stream are ordered by time.
        self._lock = threading.Lock()
        self._last_streams: dict[str, str] = {}

    def store(self, runs: Sequence[Run]) -> None:
        """Store the lines of runs of one account and Region, in order, and pass them to their groups' subscribers."""
        by_stream: dict[tuple[str, str], list[Run]] = {}
        for run in runs:
            config = run.config
            name, version = config["FunctionName"], config.get("Version", "$LATEST")
            group_name = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
            by_stream.setdefault((group_name, version), []).append(run)
        for (group_name, version), together in by_stream.items():
            self._store_together(group_name, version, together)
        if any(run.text or run.failed for run in runs):
            self._note()

    def _store_together(self, group_name: str, version: str, runs: Sequence[Run]) -> None:
        # The most that any process has used, so it is the same for all of them.
        memory_mb = self._functions.probe_peak_memory_mb(runs[-1].function)
        waiting = deque(runs)
        while waiting:
            events: list[dict[str, Any]] = []
            with self._lock:
                stream_name, stream = self._stream(group_name, version, waiting[0].at_ms)
                while waiting and (not events or len(stream["events"]) + len(events) < self._stream_lines):
                    run = waiting.popleft()
                    events += [{"timestamp": run.at_ms, "message": line} for line in run.lines(memory_mb)]
                self._logs.append_log_events(
                    stream, [{**event, "ingestionTime": event["timestamp"]} for event in events]
                )
                self._lines_since_check += len(events)
                if self._lines_since_check >= CHECKED_EVERY_LINES:
                    self._lines_since_check = 0
                    self._discard_excess()
            self._logs.fanout_to_subscription_filters(group_name, stream_name, events)

    def _stream(self, group_name: str, version: str, now_ms: int) -> tuple[str, dict[str, Any]]:
        """Return the name and the stream that the group's next lines belong to."""
        group = self._group(group_name, now_ms)
        streams: dict[str, dict[str, Any]] = group["streams"]
        # The ARN has the account and the Region, in which a name is unique.
        last_name = self._last_streams.get(group["arn"], "")
        last = streams.get(last_name)
        if last is not None and len(last["events"]) < self._stream_lines:
            return last_name, last
        name = f"{datetime.now(UTC):%Y/%m/%d}/[{version}]{self._functions.new_uuid().replace('-', '')}"
        stream: dict[str, Any] = {
            "events": [],
            "uploadSequenceToken": "1",
            "creationTime": now_ms,
            "firstEventTimestamp": None,
            "lastEventTimestamp": None,
            "lastIngestionTime": None,
        }
        with self._logs.log_events_lock:
            self._discard_oldest(streams)
            streams[name] = stream
        self._last_streams[group["arn"]] = name
        return name, stream

    def _group(self, name: str, now_ms: int) -> dict[str, Any]:
        groups = self._logs.log_groups
        if name not in groups:
            groups[name] = {
                "arn": self._logs.make_group_arn(name),
                "creationTime": now_ms,
                "retentionInDays": None,
                "tags": {},
                "subscriptionFilters": {},
                "streams": {},
            }
        group: dict[str, Any] = groups[name]
        return group

    def _discard_oldest(self, streams: dict[str, dict[str, Any]]) -> None:
        """Keep the newest streams with at least `lines_min` lines together."""
        lines = 0
        for name in reversed([*streams]):
            if lines >= self._lines_min:
                del streams[name]
            else:
                lines += len(streams[name]["events"])

    def _discard_excess(self) -> None:
        """Keep `lines_max` lines of all groups together."""
        with self._logs.log_events_lock:
            streams = {name: group["streams"] for name, group in self._logs.log_groups.items() if group["streams"]}
            lines = {name: sum(len(stream["events"]) for stream in of.values()) for name, of in streams.items()}
            while (excess := sum(lines.values()) - self._lines_max) > 0:
                most = max(lines, key=lambda name: lines[name])
                oldest = next(iter(streams[most].values()))["events"]
                discarded = min(excess, max(1, lines[most] // 2), len(oldest))
                del oldest[:discarded]
                lines[most] -= discarded
                if not oldest and len(streams[most]) > 1:
                    del streams[most][next(iter(streams[most]))]


class GatheredLogs:
    """Runs whose lines are stored a moment later, those of a busy moment together, and off the way of their responses.

    `store` stores runs of one account and Region, which are what `scope` returns at the end of a run.
    """

    def __init__(
        self,
        store: Callable[[object, list[Run]], None],
        scope: Callable[[], object],
        log_exception: Callable[[str], object],
        gathered_for_s: float = GATHERED_FOR_S,
        gathered_max: int = GATHERED_MAX,
    ) -> None:
        self._store = store
        self._scope = scope
        self._log_exception = log_exception
        self._gathered_for_s = gathered_for_s
        self._gathered_max = gathered_max
        self._waiting: list[tuple[object, Run]] = []
        self._characters = 0
        self._lock = threading.Lock()
        self._storing = threading.Lock()
        self._has_some = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, run: Run) -> None:
        """Store a run within a moment."""
        with self._lock:
            self._waiting.append((self._scope(), run))
            self._characters += len(run.text)
            are_many = self._characters > self._gathered_max
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
        if are_many:
            self.store()
        elif not self._has_some.is_set():
            self._has_some.set()

    def store(self) -> None:
        """Store all runs that have been added. Whoever reads the logs calls this before."""
        with self._storing:  # in order, also of those that another thread is storing
            with self._lock:
                waiting, self._waiting, self._characters = self._waiting, [], 0
            by_scope: dict[object, list[Run]] = {}
            for scope, run in waiting:
                by_scope.setdefault(scope, []).append(run)
            for scope, runs in by_scope.items():
                try:
                    self._store(scope, runs)
                except Exception:  # noqa: BLE001 - like ministack: an invocation does not fail because of its log
                    self._log_exception("The log of an invocation was not stored")

    def _run(self) -> None:
        while True:
            self._has_some.wait()
            time.sleep(self._gathered_for_s)
            self._has_some.clear()
            self.store()


def keep_logs(logs: Any, functions: Any, responses: Any, note: Callable[[], None]) -> GatheredLogs:
    """Make ministack store the lines of functions so. `note` as in FunctionLogs.

    `responses` has the account and the Region of the current thread. Calls of CloudWatch Logs see every line of the
    invocations that have ended before.
    """
    stored = FunctionLogs(logs, functions, note)
    account, region, in_scope = responses.get_account_id, responses.get_region, responses.request_scope

    def store(scope: Any, runs: list[Run]) -> None:
        with in_scope(*scope):
            stored.store(runs)

    gathered = GatheredLogs(
        store,
        lambda: (account(), region()),
        functions.logger.exception,
    )
    handle = logs.handle_request

    async def handle_stored(*request: Any) -> Any:
        gathered.store()
        return await handle(*request)

    def emit(
        function: Any, request_id: str, text: str, failed: bool, duration_ms: int, *, log_source: Any = None
    ) -> None:
        """Keep the lines of an invocation. Signature of ministack's."""
        del log_source  # of images, which write lines like these themselves
        gathered.add(Run(function, request_id, text, failed, duration_ms, int(time.time() * 1000)))

    functions.emit_lambda_logs, logs.handle_request = emit, handle_stored
    return gathered
