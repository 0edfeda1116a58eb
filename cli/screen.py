"""The two streams of the program: answers on stdout, everything else on stderr."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import IO, Any

from rich.console import Console


def answers() -> Console:
    """Where an answer for a person is printed."""
    return Console(highlight=False, soft_wrap=True)


def asides() -> Console:
    """Where everything is said that is not the answer. Saying it never fails.

    The terminal may be closed while a command works: it must then stop the sandbox gracefully, not die of a message.
    """
    return Console(file=_Unfailing(sys.stderr), stderr=True, highlight=False)  # pyright: ignore[reportArgumentType]


class _Unfailing:
    """A stream that drops what cannot be written any more."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
