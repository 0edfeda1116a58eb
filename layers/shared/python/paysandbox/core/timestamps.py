"""Timestamps as text: RFC 3339 in UTC with microseconds. The width is fixed, so string order is time order."""

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=8)
def format_timestamp(instant: datetime) -> str:
    """Format an aware datetime as `2026-11-20T07:41:14.000000Z` (27 characters).

    Cached, because one request formats the same two or three timestamps about eight times.
    """
    # isoformat and fromisoformat are implemented in C and take a tenth of the time of strftime and strptime.
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse_timestamp(text: str) -> datetime:
    """Parse the output of `format_timestamp` into an aware UTC datetime."""
    return datetime.fromisoformat(text)
