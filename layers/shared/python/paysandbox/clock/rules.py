"""How far an environment's clock may be moved, and the errors of a move. Pure.

`paysandbox clock` and `POST /sandbox/clock` have the same limits and messages.
"""

import math
from datetime import datetime, timedelta
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.time_span import span_words, written

AHEAD_S_MAX: Final = 1_826 * 86_400
"""The largest offset, in seconds: five years, for yearly renewals and trials of two years."""

CARD_YEARS: Final = 8
"""Years of wall time for which cards of the program, its examples and its plugins are valid: wherever the clock is."""


def offset_at(until: datetime, wall: datetime) -> int:
    """Return the least offset in whole seconds with which the clock shows `until` or later. Both times in UTC."""
    return math.ceil((until - wall).total_seconds())


def fixed(environment: str) -> Refused:
    """Return the error of an environment whose clock cannot be moved."""
    return Refused(Code.CLOCK_FIXED, f"The clock of {environment} cannot be changed; this environment uses wall time.")


def too_far(offset_s: int) -> Refused:
    """Return the error of a move to an offset beyond the limit."""
    return Refused(
        Code.CLOCK_OUT_OF_RANGE,
        f"The clock can be at most {span_words(AHEAD_S_MAX)} ahead, and this would be {span_words(offset_s)}.",
        possible={"offset_s_max": AHEAD_S_MAX},
    )


def in_the_past(until: datetime, wall: datetime, offset_s: int) -> Refused:
    """Return the error of a move to a time before the sandbox's time. `offset_s` is the current offset."""
    now = written(wall + timedelta(seconds=offset_s))
    return Refused(
        Code.CLOCK_OUT_OF_RANGE,
        f"{written(until)} is in the past: the sandbox's time is {now}.",
        possible={"now": now},
    )
