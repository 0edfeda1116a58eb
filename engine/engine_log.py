"""The engine's log, which is its standard output: a file in the home, whose disk can be full."""

from contextlib import suppress


def write(line: str) -> None:
    """Write a line. On a full disk it is lost: what wrote it goes on."""
    with suppress(OSError):
        print(line, flush=True)
