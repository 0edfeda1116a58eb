"""Durations and times, as text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import typer

from paysandbox.core.time_span import span_words, written

__all__ = ["moment", "since", "span_s", "span_words", "time_or_span", "written"]

_UNITS_S: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SPAN = re.compile(r"(?=.)(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9})s)?")


def span_s(text: str) -> int | None:
    """The seconds of `8d`, `90m` or `1d12h`: whole numbers, the larger unit first. None for anything else."""
    match = _SPAN.fullmatch(text)
    if match is None or not text.isascii():
        return None
    return sum(int(number or 0) * unit_s for number, unit_s in zip(match.groups(), _UNITS_S.values(), strict=True))


def moment(text: str) -> datetime | None:
    """An ISO 8601 time with its zone, in UTC. None for anything else: a time needs a zone."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if read.tzinfo is None else read.astimezone(UTC)


def since(text: str, now: datetime) -> str | None:
    """A time in the API's format, from a time or from a duration before `now` such as `2h`. None for anything else."""
    at = moment(text)
    if at is not None:
        return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    seconds = span_s(text)
    return None if seconds is None else written(now - timedelta(seconds=seconds))


def time_or_span(text: str | None) -> str | None:
    """The value of an option in the form that the API accepts: a span counts back from now."""
    if text is None:
        return None
    at = since(text, datetime.now(UTC))
    if at is None:
        raise typer.BadParameter(f"{text!r} is not a time. Use a span (2h, 1d12h) or ISO 8601 (2026-12-01T00:00:00Z).")
    return at
