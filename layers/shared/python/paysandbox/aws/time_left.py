"""Whether a worker that goes on page by page has time for another one."""

from collections.abc import Callable, Mapping
from typing import Any, Final

_RESERVE_MS: Final = 15_000
"""Of the function's time, what is kept for the page under way."""


def time_left(event: Mapping[str, Any], context: Any) -> Callable[[], bool]:
    """Says so, as long as it is asked: until the function's time is nearly over, or `seconds` of the event are."""
    until_ms = _RESERVE_MS
    if "seconds" in event:
        until_ms = max(until_ms, context.get_remaining_time_in_millis() - event["seconds"] * 1000)
    return lambda: context.get_remaining_time_in_millis() > until_ms
