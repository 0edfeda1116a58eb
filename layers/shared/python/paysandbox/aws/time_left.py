"""Whether a worker that processes page by page has time for another page."""

from collections.abc import Callable, Mapping
from typing import Any, Final

_RESERVE_MS: Final = 15_000
"""Part of the function's timeout that is reserved for the current page."""


def time_left(event: Mapping[str, Any], context: Any) -> Callable[[], bool]:
    """Return a function that is true until the Lambda timeout is near, or until the event's `seconds` have passed."""
    until_ms = _RESERVE_MS
    if "seconds" in event:
        until_ms = max(until_ms, context.get_remaining_time_in_millis() - event["seconds"] * 1000)
    return lambda: context.get_remaining_time_in_millis() > until_ms
