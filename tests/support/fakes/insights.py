"""Logs Insights as AWS documents it, instead of moto's, which ignores `filter` and returns other texts for times.

Only the commands that the program uses are evaluated. Any other command is an error.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.logs import models

Row = dict[str, str]
Command = Callable[[list[Row], re.Match[str]], list[Row]]

MOST: Final = 10_000
"""The most results of a query."""


@contextmanager
def insights() -> Iterator[None]:
    """Answer queries as AWS does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "execute_query", evaluate)
        yield


def evaluate(log_groups: Sequence[Any], query: str, start_time: int, end_time: int) -> list[Row]:
    """Return the rows of a query over these log groups. The times are in seconds, and both are included."""
    found = [
        {
            "@log": f"{DEFAULT_ACCOUNT_ID}:{group.name}",
            "@logStream": stream.log_stream_name,
            "@timestamp": _as_text(event.timestamp),
            "@message": event.message,
        }
        for group in log_groups
        for stream in group.streams.values()
        for event in stream.events
        if start_time * 1000 <= event.timestamp < (end_time + 1) * 1000
    ]
    for text in query.split(" | "):
        found = _command(text)(found)
    return found[:MOST]


def _command(text: str) -> Callable[[list[Row]], list[Row]]:
    for form, command in _COMMANDS.items():
        if match := re.fullmatch(form, text):
            return lambda rows: command(rows, match)
    raise AssertionError(f"this is not evaluated here: {text}")


def _fields(rows: list[Row], match: re.Match[str]) -> list[Row]:
    names = match[1].split(", ")
    return [{name: row[name] for name in names} for row in rows]


_COMMANDS: Final[dict[str, Command]] = {
    r"fields (@\w+(?:, @\w+)*)": _fields,
    r"filter toMillis\(@timestamp\) >= (\d+)": lambda rows, match: [
        row for row in rows if _as_ms(row["@timestamp"]) >= int(match[1])
    ],
    r'filter @message like "([^"\\]+)"': lambda rows, match: [row for row in rows if match[1] in row["@message"]],
    r'filter @logStream like "([^"\\]+)"': lambda rows, match: [row for row in rows if match[1] in row["@logStream"]],
    r"sort @timestamp asc": lambda rows, _: sorted(rows, key=lambda row: row["@timestamp"]),
    r"limit (\d+)": lambda rows, match: rows[: int(match[1])],
}


def _as_text(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}.{at_ms % 1000:03}"


def _as_ms(text: str) -> int:
    return round(datetime.fromisoformat(f"{text}+00:00").timestamp() * 1000)
