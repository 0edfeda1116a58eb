"""Waiting for what others do in their own time, and no longer than needed."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 30.0


def until(found: Callable[[], T | None], what: str, *, patience_s: float = PATIENCE_S) -> T:
    """Look again and again, until something is found, or for so long that it will not be."""
    deadline = time.monotonic() + patience_s
    while not (it := found()):
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.1)
    return it
