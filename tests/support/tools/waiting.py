"""Waiting for asynchronous results, no longer than necessary."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 30.0


def until(found: Callable[[], T | None], what: str, *, patience_s: float = PATIENCE_S) -> T:
    """Poll until a result is found. Fail after `patience_s` seconds."""
    deadline = time.monotonic() + patience_s
    while not (it := found()):
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.1)
    return it
