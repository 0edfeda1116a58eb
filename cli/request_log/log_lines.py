"""A parsed log line: a request of the API, a delivery attempt, or any other line of a function."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from cli.request_log.log_groups import LogEvent
from cli.terminal.console import Text
from cli.terminal.output import lines_of, visible

_BAD_LEVELS: Final = frozenset({"ERROR", "CRITICAL"})
# Lines of Lambda about an invocation that failed, and of Python about a module that did not load.
_CRASH = re.compile(r"Task timed out|Runtime exited|Runtime\.\w+|\[ERROR\]|Status: (error|timeout)|^Traceback ")
_PLATFORM = re.compile(r"(START|END|REPORT|INIT_START|INIT_REPORT|XRAY|EXTENSION) ")
_ATTEMPT: Final = "delivery attempt"


@dataclass(frozen=True)
class Line:
    """A log event and its JSON fields, if it has any."""

    event: LogEvent

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """The line's JSON object; empty for any other text."""
        if not self.event.text.startswith("{"):
            return {}
        try:
            read = json.loads(self.event.text)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    @property
    def is_request(self) -> bool:
        """Whether this is the one line that every request writes."""
        return self.fields.get("message") == "request"

    @property
    def is_attempt(self) -> bool:
        """Whether this is one attempt to deliver an event to a webhook endpoint."""
        return self.fields.get("message") == _ATTEMPT and "endpoint_id" in self.fields

    @property
    def is_trouble(self) -> bool:
        """Whether a function failed. Such lines are always shown."""
        if self.fields:
            bad = self.fields.get("level") in _BAD_LEVELS or "exception" in self.fields
            return bad or self.failed_run is not None
        return _CRASH.search(self.event.text) is not None

    @property
    def failed_run(self) -> str | None:
        """What Lambda says of a run that failed, in its JSON format, such as `platform.report: timeout`; else None."""
        kind, record = self.fields.get("type"), self.fields.get("record")
        if not isinstance(kind, str) or not kind.startswith("platform.") or not isinstance(record, dict):
            return None
        status = record.get("status")
        return f"{kind}: {status}" if isinstance(status, str) and status != "success" else None

    @property
    def is_failed(self) -> bool:
        """Whether a request was rejected, a delivery failed or a function crashed. A decline is none of them."""
        return self.is_trouble or bool(self.fields.get("error")) or _number(self.fields.get("status")) >= 400

    @property
    def at(self) -> datetime:
        """When it was written, UTC."""
        return datetime.fromtimestamp(self.event.at_ms / 1000, UTC)

    def as_json(self) -> str:
        """The line's JSON object on one line; any other text is wrapped in an object."""
        if self.fields:
            return json.dumps(self.fields, ensure_ascii=False)
        at = self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return json.dumps(
            {"timestamp": at, "function": self.event.function, "text": self.event.text}, ensure_ascii=False
        )


@dataclass(frozen=True)
class Selection:
    """Which lines to show. Lines without a route or merchant, such as a crash's, match every one."""

    failed: bool = False
    everything: bool = False
    request_id: str | None = None
    route: str | None = None
    merchant: str | None = None

    def of(self, events: Iterable[LogEvent]) -> Iterator[Line]:
        """The selected lines, in order."""
        broken: LogEvent | None = None
        for event in events:
            line = Line(event)
            if line.is_trouble:
                broken = event
            if self.request_id is not None and self.request_id not in event.text:
                continue
            if self.route is not None and line.fields.get("route", self.route) != self.route:
                continue
            if self.merchant is not None and line.fields.get("merchant", self.merchant) != self.merchant:
                continue
            if self._wants(line) or _continues(broken, line):
                yield line

    def _wants(self, line: Line) -> bool:
        if self.failed:
            return line.is_failed
        return self.everything or line.is_request or line.is_trouble


def _continues(broken: LogEvent | None, line: Line) -> bool:
    """Whether a line continues the one before it: each line of a traceback is an event of its own."""
    event = line.event
    return (
        broken is not None
        and (broken.at_ms, broken.function, broken.stream) == (event.at_ms, event.function, event.stream)
        and not line.fields
        and _PLATFORM.match(event.text) is None
    )


@dataclass
class Page:
    """Prints lines in columns, which grow with their contents. `width` is the length of the longest function name."""

    width: int
    _widths: dict[str, int] = field(default_factory=dict)
    _day: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%d}")

    def show(self, line: Line) -> Text:
        """The line as text, preceded by the date when the day changes."""
        if line.is_request:
            shown = [self._request(line)]
        else:
            shown = [_attempt(line)] if line.is_attempt else list(_other(line))
        if line.is_request and line.fields.get("detail"):
            shown += _indented(str(line.fields["detail"]), style="dim")
        if line.fields.get("exception"):
            shown += _indented(str(line.fields["exception"]), style="red")
        day = f"{line.at:%Y-%m-%d}"
        if day != self._day:
            self._day = day
            shown.insert(0, Text(f"{day} UTC", style="bold"))
        return Text.lines(shown)

    def _request(self, line: Line) -> Text:
        fields = line.fields
        status = _number(fields.get("status"))
        words = (
            fields.get("code") or fields.get("outcome"),
            fields.get("param"),
            "(replayed)" if "Replayed" in fields else None,
        )
        outcome = " ".join(str(word) for word in words if word)
        parts = [
            _clock(line),
            Text(f"{status or '-':>3}", style=_status_style(status)),
            Text(f"{fields.get('method', '-'):<4} {fields.get('route') or line.event.function:<{self.width}}"),
            Text(f"{_milliseconds(fields.get('duration_ms')):>8}", style="dim"),
            self._cell("outcome", outcome, style=_outcome_style(status, outcome)),
            self._cell("merchant", fields.get("merchant")),
            self._cell("transaction", fields.get("transaction_id")),
            Text(str(fields.get("request_id") or "-"), style="dim"),
        ]
        if fields.get("cold_start"):
            parts.append(Text("cold", style="cyan"))
        return Text("  ").join(parts)

    def _cell(self, column: str, value: object, *, style: str = "") -> Text:
        text = visible(str(value or "-"))
        self._widths[column] = max(self._widths.get(column, 0), len(text))
        return Text(f"{text:<{self._widths[column]}}", style=style)


def _attempt(line: Line) -> Text:
    fields = line.fields
    status = _number(fields.get("status"))
    result = str(fields.get("error") or ("delivered" if status < 300 else "not delivered"))
    return Text("  ").join(
        [
            _clock(line),
            Text(f"{status or '-':>3}", style=_status_style(status) if status else "bold red"),
            Text(f"delivery attempt {fields.get('attempt', '-')}"),
            Text(f"{_milliseconds(fields.get('latency_ms')):>8}", style="dim"),
            Text(result, style="red" if line.is_failed else "green"),
            *(Text(str(fields.get(name) or "-"), style="dim") for name in ("endpoint_id", "event_id", "delivery_id")),
        ]
    )


def _other(line: Line) -> Iterator[Text]:
    fields, style = line.fields, "red" if line.is_trouble else "dim"
    text = str(fields["message"]) if isinstance(fields.get("message"), str) else line.failed_run or line.event.text
    first, *rest = lines_of(text) or [""]
    level = Text(f"{fields.get('level', '-'):>3}", style=style)
    yield Text("  ").join([_clock(line), level, Text(line.event.function), Text(first, style=style)])
    for row in rest:
        yield Text(f"    {row}", style=style)


def _clock(line: Line) -> Text:
    return Text(f"{line.at:%H:%M:%S}.{line.event.at_ms % 1000:03}", style="dim")


def _indented(text: str, *, style: str) -> list[Text]:
    return [Text(f"    {row}", style=style) for row in lines_of(text.rstrip())]


def _milliseconds(value: object) -> str:
    return f"{value:.1f} ms" if isinstance(value, (int, float)) else "-"


def _status_style(status: int) -> str:
    return "green" if status < 400 else "yellow" if status < 500 else "bold red"


def _outcome_style(status: int, outcome: str) -> str:
    return "red" if outcome.startswith("declined") else "" if status < 400 else _status_style(status)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
