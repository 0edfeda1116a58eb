"""Waits between tries: exponential, with full jitter, so that callers that met do not meet again.

Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
"""

import time
from secrets import randbelow
from typing import Final

FIRST_MS: Final = 50
LONGEST_MS: Final = 1_000


def wait_ms(failed: int) -> int:
    """Return the milliseconds to wait after `failed` tries (1 or more): up to a limit that doubles each time."""
    return randbelow(min(LONGEST_MS, FIRST_MS * 2 ** (failed - 1)) + 1)


def pause(milliseconds: int) -> None:
    """Wait before an item that another function writes is read again."""
    time.sleep(milliseconds / 1_000)


def wait(failed: int) -> None:
    """Wait before the next try, after `failed` tries."""
    time.sleep(wait_ms(failed) / 1_000)
