"""Durations and times in the words of messages."""

from datetime import UTC, datetime
from typing import Final

_UNITS_S: Final = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}


def span_words(seconds: int) -> str:
    """Return a duration in words: `1 day 12 hours`; `0 seconds` for none. Not for a negative one."""
    parts: list[str] = []
    for unit, unit_s in _UNITS_S.items():
        number, seconds = divmod(seconds, unit_s)
        if number:
            parts.append(f"{number} {unit}{'' if number == 1 else 's'}")
    return " ".join(parts) or "0 seconds"


def written(at: datetime) -> str:
    """Return a time in UTC to the second: `2026-12-01T00:00:00Z`."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
