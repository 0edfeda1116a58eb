"""The functions' log groups in CloudWatch: which there are, and what was written to them since.

Found through the functions, since where data is kept a log group has a generated name.
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
    """One line of a function's log. `stream` is the execution environment's (locally: the invocation's)."""

    at_ms: int
    function: str
    stream: str
    text: str


@dataclass
class LogReader:
    """Reads several groups, and gives each event once, however often it is met."""

    client: Any
    groups: Mapping[str, str]
    pattern: str = ""
    _seen: dict[tuple[object, ...], int] = field(default_factory=dict)

    def read(self, start_ms: int) -> list[LogEvent]:
        """The events since then that no earlier call gave, by time. What lies before is forgotten."""
        self._seen = {identity: at_ms for identity, at_ms in self._seen.items() if at_ms >= start_ms}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(lambda name: list(self._group(name, start_ms)), self.groups))
        # Stable: lines of one moment and one stream stay in the order in which they were written.
        return sorted((event for events in found for event in events), key=lambda event: event.at_ms)

    def _group(self, function: str, start_ms: int) -> Iterator[LogEvent]:
        for page in self._pages(self.groups[function], start_ms):
            times_met: Counter[tuple[object, ...]] = Counter()
            for event in page:
                stream, at_ms, text = event["logStreamName"], event["timestamp"], event["message"]
                # The local engine's events have no id; two equal lines of one moment are told apart by their count.
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
                return  # nothing was ever written to it
            page = answer["events"]
            yield page
            if answer.get("nextToken"):
                query["nextToken"] = answer["nextToken"]
            elif len(page) == _PAGE and page[-1]["timestamp"] > query["startTime"]:
                # The local engine cuts a page and gives no token: go on from its last moment.
                query["startTime"] = page[-1]["timestamp"]
            else:
                return


def log_groups(target: Target) -> dict[str, str]:
    """The log group of each function of this environment, by the function's name without its prefix."""
    prefix = f"paysandbox-{target.environment}-"
    pages = target.client("lambda").get_paginator("list_functions").paginate()
    functions = (function for page in pages for function in page["Functions"])
    return {
        function["FunctionName"].removeprefix(prefix): function.get("LoggingConfig", {}).get("LogGroup")
        or f"/aws/lambda/{function['FunctionName']}"
        for function in functions
        if function["FunctionName"].startswith(prefix)
    }
