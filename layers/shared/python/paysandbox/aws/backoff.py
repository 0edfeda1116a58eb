"""Waits between tries: exponential, with full jitter, so that callers that met do not meet again.

Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
"""

import time
from secrets import SystemRandom
from typing import Final

FIRST_S: Final = 0.05
LONGEST_S: Final = 1.0

_RANDOM: Final = SystemRandom()


def wait_s(failed: int) -> float:
    """Return the seconds to wait after `failed` tries (1 or more): from zero to a limit that doubles each time."""
    return _RANDOM.uniform(0, min(LONGEST_S, FIRST_S * 2 ** (failed - 1)))


def wait(failed: int) -> None:
    """Wait before the next try, after `failed` tries."""
    time.sleep(wait_s(failed))
