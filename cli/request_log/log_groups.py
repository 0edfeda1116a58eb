"""The functions' log groups in CloudWatch, and their recent events.

Groups are found through the functions, since an environment that keeps its data has generated names for them. On AWS,
functions share groups, and the names of their streams begin with the date and the function's name (AWS Lambda developer
guide, "Configuring CloudWatch log groups").
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from os.path import commonprefix
from typing import TYPE_CHECKING, Any, Final

from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from cli.connection.target import Target

_PAGE: Final = 10_000  # the most that FilterLogEvents and a query of Logs Insights return at once
_AT_ONCE: Final = 8
_QUERY_GROUPS_MAX: Final = 50
_QUERY_PAUSE_S: Final = 0.5
# The engine has no quota, but each call takes it a few milliseconds.
_LOCAL_CALLS_PER_S: Final = 20
_FOLLOW_PAUSE_S: Final = 1.0

_STREAM_OF: Final = re.compile(r"\d{4}/\d\d/\d\d/([\w-]+)\[")
_RUNNING: Final = frozenset({"Scheduled", "Running", "Unknown"})


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line of a function's log. `stream` is the execution environment's log stream; locally, the function's."""

    at_ms: int
    function: str
    stream: str
    text: str


@dataclass
class LogReader:
    """Reads several groups and returns each event once: in AWS with Logs Insights, locally with FilterLogEvents.

    FilterLogEvents reads one group a call, and an account has five calls a second (AWS re:Post, "How do I determine
    throttling in my CloudWatch Logs?"), which is less than an environment has groups. A query reads fifty. The engine
    keeps the results of each query, and so would grow while they are followed.

    `contains` is a text without quotes or backslashes that every wanted event contains. `prefix` is what the names of
    the environment's functions begin with.
    """

    client: Any
    groups: Mapping[str, str]
    contains: str = ""
    is_local: bool = False
    prefix: str = ""
    _seen: dict[tuple[object, ...], int] = field(default_factory=dict)

    @property
    def pause_s(self) -> float:
        """How long to wait between two reads."""
        return max(_FOLLOW_PAUSE_S, len(self.groups) / _LOCAL_CALLS_PER_S) if self.is_local else _FOLLOW_PAUSE_S

    def read(self, start_ms: int) -> list[LogEvent]:
        """The events since `start_ms` that no earlier call returned, by time. Raises Failure if a query fails."""
        self._seen = {identity: at_ms for identity, at_ms in self._seen.items() if at_ms >= start_ms}
        pages = self._filtered(start_ms) if self.is_local else self._queried(start_ms)
        found = [event for page in pages for event in self._unseen(page)]
        # A stable sort: lines of one stream with the same time keep their order.
        return sorted(found, key=lambda event: event.at_ms)

    def _unseen(self, page: list[LogEvent]) -> Iterator[LogEvent]:
        times_met: Counter[LogEvent] = Counter()
        for event in page:
            # Events have no id here. Equal lines with the same time are counted.
            identity = (event, times_met[event])
            times_met[event] += 1
            if identity not in self._seen:
                self._seen[identity] = event.at_ms
                yield event

    def _filtered(self, start_ms: int) -> Iterator[list[LogEvent]]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for pages in pool.map(lambda name: list(self._pages(name, start_ms)), self.groups):
                yield from pages

    def _pages(self, function: str, start_ms: int) -> Iterator[list[LogEvent]]:
        query: dict[str, Any] = {"logGroupName": self.groups[function], "startTime": start_ms, "limit": _PAGE}
        if self.contains:
            query["filterPattern"] = f'"{self.contains}"'
        while True:
            try:
                answer = self.client.filter_log_events(**query)
            except self.client.exceptions.ResourceNotFoundException:
                return  # the group is created with the first line
            page = answer["events"]
            yield [
                LogEvent(event["timestamp"], function, event["logStreamName"], event["message"].rstrip("\n"))
                for event in page
            ]
            # The engine limits a page without returning a token: continue from its last event.
            if len(page) < _PAGE or page[-1]["timestamp"] == query["startTime"]:
                return
            query["startTime"] = page[-1]["timestamp"]

    def _queried(self, start_ms: int) -> Iterator[list[LogEvent]]:
        for first in range(0, len(self._existing), _QUERY_GROUPS_MAX):
            groups, since_ms = self._existing[first : first + _QUERY_GROUPS_MAX], start_ms
            while True:
                page = [self._event(row) for row in self._query(groups, since_ms)]
                yield [event for event in page if event.function in self.groups]
                if len(page) < _PAGE or page[-1].at_ms == since_ms:
                    break
                since_ms = page[-1].at_ms

    @cached_property
    def _existing(self) -> Sequence[str]:
        """The groups that exist: a query over another one fails, and a group can be created with its first line."""
        begin = commonprefix([*self.groups.values()])  # noqa: RUF071 - of names, which are no paths
        pages = self.client.get_paginator("describe_log_groups").paginate(
            **({"logGroupNamePrefix": begin} if begin else {})
        )
        existing = {group["logGroupName"] for page in pages for group in page["logGroups"]}
        return sorted(existing.intersection(self.groups.values()))

    def _query(self, groups: Sequence[str], since_ms: int) -> list[list[dict[str, str]]]:
        commands = [
            # A query's own times are in seconds.
            f"filter toMillis(@timestamp) >= {since_ms}",
            *([f'filter @message like "{self.contains}"'] if self.contains else []),
            *([f'filter @logStream like "/{self._only_sharing}["'] if self._only_sharing else []),
            "fields @timestamp, @message, @logStream, @log",
            "sort @timestamp asc",
            f"limit {_PAGE}",
        ]
        started = self.client.start_query(
            logGroupNames=groups,
            startTime=since_ms // 1000,
            endTime=int(time.time()) + 1,
            queryString=" | ".join(commands),
        )
        while (answer := self.client.get_query_results(queryId=started["queryId"]))["status"] in _RUNNING:
            time.sleep(_QUERY_PAUSE_S)
        if answer["status"] != "Complete":
            raise Failure(
                f"CloudWatch Logs Insights ended the query with status {answer['status']}.",
                "Try again, or read less with --since.",
            )
        return answer["results"]

    def _event(self, row: list[dict[str, str]]) -> LogEvent:
        of = {cell["field"]: cell["value"] for cell in row}
        at = datetime.fromisoformat(of["@timestamp"]).replace(tzinfo=UTC)
        group = of["@log"].partition(":")[2]  # after the account
        named = _STREAM_OF.match(of["@logStream"])
        function = named[1].removeprefix(self.prefix) if named else self._functions[group]
        return LogEvent(round(at.timestamp() * 1000), function, of["@logStream"], of["@message"].rstrip("\n"))

    @cached_property
    def _functions(self) -> Mapping[str, str]:
        """The functions with a group of their own, whose streams do not name them."""
        return {group: function for function, group in self.groups.items()}

    @cached_property
    def _only_sharing(self) -> str | None:
        """The function to read, if it is only one and its group is not its own."""
        if len(self.groups) != 1:
            return None
        ((function, group),) = self.groups.items()
        return None if group == _default_group(self.prefix + function) else self.prefix + function


def log_reader(target: Target, groups: Mapping[str, str], contains: str = "") -> LogReader:
    """A reader of these groups of the target. `contains` as in LogReader."""
    return LogReader(target.client("logs"), groups, contains, is_local=target.is_local, prefix=_prefix(target))


def log_groups(target: Target) -> dict[str, str]:
    """The log group of each function of the environment, by the function's name without its prefix."""
    prefix = _prefix(target)
    pages = target.client("lambda").get_paginator("list_functions").paginate()
    functions = (function for page in pages for function in page["Functions"])
    return {
        function["FunctionName"].removeprefix(prefix): function.get("LoggingConfig", {}).get("LogGroup")
        or _default_group(function["FunctionName"])
        for function in functions
        if function["FunctionName"].startswith(prefix)
    }


def _prefix(target: Target) -> str:
    return f"paysandbox-{target.environment}-"


def _default_group(function: str) -> str:
    return f"/aws/lambda/{function}"
