"""For how long a request compares items with what no index has: a search, or a list with such a filter."""

import os
from collections.abc import Callable
from time import monotonic
from typing import Final

SEARCH_VARIABLE: Final = "PAYSANDBOX_SEARCH_MS"
"""Of the local engine and its functions: the time in milliseconds. Not set on AWS."""


def has_search_time(default_s: int) -> Callable[[], bool]:
    """Return a function that says whether a request that begins now may compare more.

    It has the time that the local engine sets, and elsewhere `default_s` seconds.
    """
    set_ms = os.environ.get(SEARCH_VARIABLE)
    ends_at = monotonic() + (default_s if set_ms is None else int(set_ms) / 1000)
    return lambda: monotonic() < ends_at
