"""The functions' log groups in CloudWatch, and their recent events.

Groups are found through the functions, since an environment that keeps its data has generated names for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cli.connection.target import Target

_PAGE: Final = 10_000  # the most that FilterLogEvents gives at once
_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line of a function's log. `stream` is the execution environment's log stream; locally, the invocation's."""

    at_ms: int
    function: str
    stream: str
    text: str


@dataclass
class LogReader:
    """Reads several groups and returns each event once."""

    client: Any
    groups: Mapping[str, str]
    pattern: str = ""
    _seen: dict[tuple[object, ...], int] = field(default_factory=dict)

    def read(self, start_ms: int) -> list[LogEvent]:
        """The events since `start_ms` that no earlier call returned, by time."""
        self._seen = {identity: at_ms for identity, at_ms in self._seen.items() if at_ms >= start_ms}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(lambda name: list(self._group(name, start_ms)), self.groups))
        # A stable sort: lines of one stream with the same time keep their order.
        return sorted((event for events in found for event in events), key=lambda event: event.at_ms)

    def _group(self, function: str, start_ms: int) -> Iterator[LogEvent]:
        for page in self._pages(self.groups[function], start_ms):
            times_met: Counter[tuple[object, ...]] = Counter()
            for event in page:
                stream, at_ms, text = event["logStreamName"], event["timestamp"], event["message"]
                # The local engine's events have no id, so equal lines with the same time are counted.
                like = (function, stream, at_ms, event.get("eventId", text))
                identity = (*like, times_met[like])
                times_met[like] += 1
                if identity not in self._seen:
                    self._seen[identity] = at_ms
                    yield LogEvent(at_ms, function, stream, text.rstrip("\n"))

    def _pages(self, group: str, start_ms: int) -> Iterator[list[dict[str, Any]]]:
        query: dict[str, Any] = {"logGroupName": group, "startTime": start_ms, "limit": _PAGE}
        if self.pattern:
            query["filterPattern"] = self.pattern
        while True:
            try:
                answer = self.client.filter_log_events(**query)
            except self.client.exceptions.ResourceNotFoundException:
                return  # the group is created with the first line
            page = answer["events"]
            yield page
            if answer.get("nextToken"):
                query["nextToken"] = answer["nextToken"]
            elif len(page) == _PAGE and page[-1]["timestamp"] > query["startTime"]:
                # The local engine limits a page without returning a token: continue from its last event.
                query["startTime"] = page[-1]["timestamp"]
            else:
                return


def log_groups(target: Target) -> dict[str, str]:
    """The log group of each function of the environment, by the function's name without its prefix."""
    prefix = f"paysandbox-{target.environment}-"
    pages = target.client("lambda").get_paginator("list_functions").paginate()
    functions = (function for page in pages for function in page["Functions"])
    return {
        function["FunctionName"].removeprefix(prefix): function.get("LoggingConfig", {}).get("LogGroup")
        or f"/aws/lambda/{function['FunctionName']}"
        for function in functions
        if function["FunctionName"].startswith(prefix)
    }
