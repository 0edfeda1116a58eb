"""A parsed log line: a request of the API, a delivery attempt, or any other line of a function."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from cli.request_log.log_groups import LogEvent
from cli.terminal.columns import GAP, shortened
from cli.terminal.console import Text
from cli.terminal.visible_text import lines_of

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


# The columns of a request or a delivery attempt, in order.
_COLUMNS: Final = (
    "time",
    "status",
    "method",
    "route",
    "duration",
    "outcome",
    "merchant",
    "transaction",
    "request",
    "more",
)
# Left out in this order where the terminal is too narrow.
_DROPPED: Final = ("more", "request", "merchant", "duration", "method", "transaction")
_SHORTENED: Final = frozenset({"transaction", "request", "more"})
_RIGHT: Final = frozenset({"status", "duration"})
_SHORT_OUTCOME: Final = 24
"""Columns are left out for this much of an outcome; the rest of it takes the space that remains."""
_LEAST_OUTCOME: Final = 10
_WAITING: Final = {"method": 6, "duration": 9, "outcome": 24, "merchant": 8, "transaction": 30, "request": 36}
"""Widths of columns while new lines are awaited, whose contents are not known yet."""


@dataclass
class Page:
    """Prints lines in columns. They are measured once, so that they stay where they are during the listing.

    `width` is that of the terminal. None: a pipe, where every cell is whole. `longest_route` is the length of the
    longest name that can come, or 0 if all lines are there at once.
    """

    width: int | None = None
    longest_route: int = 0
    _columns: tuple[str, ...] = ()
    _widths: dict[str, int] = field(default_factory=dict[str, int])
    _is_short: bool = False
    _day: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%d}")

    def measure(self, lines: Iterable[Line]) -> None:
        """Set the columns by the first lines that are shown. Later ones change nothing."""
        rows = [cells for line in lines if (cells := _cells(line))]
        if self._columns or not rows:
            return
        least = {**_WAITING, "route": self.longest_route} if self.longest_route else {}
        widths = {name: max(least.get(name, 0), *(row[name].cell_len for row in rows)) for name in _COLUMNS}
        columns = [name for name in _COLUMNS if widths[name]]
        if self.width is not None:
            if _total(widths, columns) > self.width:
                self._is_short = True
                widths |= {name: max(shortened(row[name]).cell_len for row in rows) for name in _SHORTENED}
            outcome = widths["outcome"]
            widths["outcome"] = min(outcome, _SHORT_OUTCOME)
            for name in _DROPPED:
                if _total(widths, columns) > self.width and name in columns:
                    columns.remove(name)
            spare = self.width - _total(widths, columns)
            widths["outcome"] = min(outcome, max(widths["outcome"] + spare, _LEAST_OUTCOME))
        self._columns, self._widths = tuple(columns), widths

    def show(self, line: Line) -> Text:
        """The line as text, preceded by the date when the day changes."""
        cells = _cells(line)
        shown = [self._row(cells)] if cells else list(_other(line))
        if line.is_request and line.fields.get("detail"):
            shown += _indented(str(line.fields["detail"]), style="dim")
        if line.fields.get("exception"):
            shown += _indented(str(line.fields["exception"]), style="red")
        day = f"{line.at:%Y-%m-%d}"
        if day != self._day:
            self._day = day
            shown.insert(0, Text(f"{day} UTC", style="bold"))
        return Text.lines(shown)

    def _row(self, cells: Mapping[str, Text]) -> Text:
        row = Text(GAP).join(self._cell(name, cells[name]) for name in self._columns)
        row.rstrip()
        return row

    def _cell(self, column: str, cell: Text) -> Text:
        width = self._widths[column]
        if self.width is not None:
            cell = Text.assemble(shortened(cell) if self._is_short and column in _SHORTENED else cell)
            cell.truncate(width, overflow="ellipsis")
        space = Text(" " * (width - cell.cell_len))
        return Text.assemble(space, cell) if column in _RIGHT else Text.assemble(cell, space)


def _total(widths: Mapping[str, int], columns: Sequence[str]) -> int:
    return sum(widths[name] for name in columns) + len(GAP) * (len(columns) - 1)


def _cells(line: Line) -> dict[str, Text]:
    """The cells of a request or a delivery attempt, by column; none for any other line."""
    if line.is_request:
        return _request(line)
    return _attempt(line) if line.is_attempt else {}


def _request(line: Line) -> dict[str, Text]:
    fields = line.fields
    status = _number(fields.get("status"))
    words = (
        fields.get("code") or fields.get("outcome"),
        fields.get("param"),
        "(replayed)" if "Replayed" in fields else None,
    )
    outcome = " ".join(str(word) for word in words if word)
    return {
        "time": _clock(line),
        "status": Text(str(status or "-"), style=_status_style(status)),
        "method": Text(str(fields.get("method") or "-")),
        "route": Text(str(fields.get("route") or line.event.function)),
        "duration": Text(_milliseconds(fields.get("duration_ms")), style="dim"),
        "outcome": Text(outcome or "-", style=_outcome_style(status, outcome)),
        "merchant": Text(str(fields.get("merchant") or "-")),
        "transaction": Text(str(fields.get("transaction_id") or "-")),
        "request": Text(str(fields.get("request_id") or "-"), style="dim"),
        "more": Text("cold" if fields.get("cold_start") else "", style="cyan"),
    }


def _attempt(line: Line) -> dict[str, Text]:
    fields = line.fields
    status = _number(fields.get("status"))
    result = str(fields.get("error") or ("delivered" if status < 300 else "not delivered"))
    ids = {"transaction": "event_id", "request": "delivery_id", "more": "endpoint_id"}
    return {
        "time": _clock(line),
        "status": Text(str(status or "-"), style=_status_style(status) if status else "bold red"),
        "method": Text("-"),
        "route": Text(f"delivery attempt {fields.get('attempt', '-')}"),
        "duration": Text(_milliseconds(fields.get("latency_ms")), style="dim"),
        "outcome": Text(result, style="red" if line.is_failed else "green"),
        "merchant": Text(str(fields.get("merchant") or "-")),
        **{column: Text(str(fields.get(name) or "-"), style="dim") for column, name in ids.items()},
    }


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
