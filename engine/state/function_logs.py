"""The log lines of functions that the engine keeps: in few streams, and the newest of each group.

ministack opens a log stream for every invocation and keeps all of them, in memory and in every snapshot. AWS has one
for each execution environment, and deletes events when their retention ends. Here the invocations of a function share a
stream until it is full, and with each new stream a group loses its oldest ones. If all groups together have too many
lines, the group with the most loses its oldest ones.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

STREAM_LINES: Final = 2_500
LINES_MIN: Final = 5_000
"""How many lines a group keeps at least, unless there are too many. The request log has its own copy of them."""
LINES_MAX: Final = 30_000
"""How many lines all groups keep together: some 30 MB, and as much while a snapshot is written."""
CHECKED_EVERY_LINES: Final = 1_000


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

    def emit(
        self, function: Any, request_id: str, text: str, failed: bool, duration_ms: int, *, log_source: Any = None
    ) -> None:
        """Store the lines of an invocation, and pass them to the group's subscribers. Signature of ministack's."""
        del log_source  # of images, which write lines like these themselves
        config = function.get("config") or function
        name, version = config["FunctionName"], config.get("Version", "$LATEST")
        group_name = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
        memory_mb = self._functions.probe_peak_memory_mb(function)
        report = (
            f"REPORT RequestId: {request_id}\tDuration: {duration_ms} ms\tBilled Duration: {duration_ms} ms\t"
            f"Memory Size: {config.get('MemorySize', 128)} MB\tMax Memory Used: {memory_mb} MB"
        )
        lines = [*text.splitlines(), report]
        with self._lock:
            now_ms = int(time.time() * 1000)
            stream_name, stream = self._stream(group_name, version, now_ms)
            self._logs.append_log_events(
                stream, [{"timestamp": now_ms, "message": line, "ingestionTime": now_ms} for line in lines]
            )
            self._lines_since_check += len(lines)
            if self._lines_since_check >= CHECKED_EVERY_LINES:
                self._lines_since_check = 0
                self._discard_excess()
        if text or failed:
            self._note()
        self._logs.fanout_to_subscription_filters(
            group_name, stream_name, [{"timestamp": now_ms, "message": line} for line in lines]
        )

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


def keep_logs(logs: Any, functions: Any, note: Callable[[], None]) -> None:
    """Make ministack store the lines of functions so. `note` as in FunctionLogs."""
    stored = FunctionLogs(logs, functions, note)

    def emit(function: Any, *about: Any, **options: Any) -> None:
        try:
            stored.emit(function, *about, **options)
        except Exception:  # like ministack: an invocation does not fail because of its log
            functions.logger.exception("The log of an invocation was not stored")

    functions.emit_lambda_logs = emit
