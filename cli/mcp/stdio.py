"""The stdio transport of the Model Context Protocol: a message a line, read from stdin and written to stdout.

Source: Model Context Protocol, specification of 2026-07-28, "stdio" and "Cancellation"; of 2025-03-26, "Batching".

Messages are answered in their order, but `ping` at once, since a call may take a minute. Whatever else this process, or
one that it starts, writes to stdout goes to stderr, and nothing else reads stdin.
"""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

from cli.mcp.protocol import encoded, parse_error

MAX_LINE: Final = 4_194_304
"""The longest message in bytes. A longer one is refused."""

Answer = Callable[[Any], dict[str, Any] | None]

_READ: Final = 65_536
_PING: Final = "ping"
_CANCELED: Final = "notifications/cancelled"


def own_streams() -> tuple[int, int]:
    """Return the descriptors of stdin and stdout as the transport alone has them.

    Others get nothing to read, and write to stderr.
    """
    stdin, stdout, nothing = os.dup(0), os.dup(1), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return stdin, stdout


def serve(answer: Answer, stdin: int, stdout: int) -> None:
    """Answer the messages of `stdin` until it ends. What was read by then is answered still."""
    lane = _Lane(answer, stdout)
    # It reads without a buffer that others could wait for, so the process can end while it waits.
    threading.Thread(target=lane.read, args=(stdin,), name="mcp stdin", daemon=True).start()
    try:
        for message in lane.waiting():
            lane.respond(message)
    except BrokenPipeError:
        return


def lines(descriptor: int) -> Iterator[bytes | None]:
    """Iterate over the lines of a stream. None is one that is longer than MAX_LINE."""
    unfinished, is_long = b"", False
    while read := os.read(descriptor, _READ):
        *whole, rest = (unfinished + read).split(b"\n")
        for line in whole:
            yield None if is_long or len(line) > MAX_LINE else line
            is_long = False
        is_long |= len(rest) > MAX_LINE
        unfinished = b"" if is_long else rest
    if unfinished:
        yield unfinished


class _Lane:
    """The messages that wait for their answers, in order, and the requests that were canceled meanwhile."""

    def __init__(self, answer: Answer, stdout: int) -> None:
        self._answer = answer
        self._stdout = stdout
        self._writing = threading.Lock()
        self._canceled: set[str | int] = set()
        self._messages: queue.Queue[tuple[Any] | None] = queue.Queue()

    def read(self, stdin: int) -> None:
        """Queue every message up to the end of the stream."""
        try:
            for line in lines(stdin):
                if line is None or line.strip():
                    self._take(line)
        except OSError:
            return
        finally:
            self._messages.put(None)

    def waiting(self) -> Iterator[Any]:
        """Iterate over the messages."""
        while (entry := self._messages.get()) is not None:
            yield entry[0]

    def respond(self, message: Any) -> None:
        """Answer a message, or those of a batch together. One that was canceled is not answered."""
        if isinstance(message, list) and message:
            self._write([response for each in message if (response := self._response(each)) is not None])
        else:
            self._write(self._response(message))

    def _response(self, message: Any) -> dict[str, Any] | None:
        if self._was_canceled(message):
            return None
        response = self._answer(message)
        return None if self._was_canceled(message) else response

    def _was_canceled(self, message: Any) -> bool:
        request_id: Any = message.get("id") if isinstance(message, dict) else None
        return isinstance(request_id, (str, int)) and request_id in self._canceled

    def _take(self, line: bytes | None) -> None:
        try:
            message: Any = json.loads(line or b"")
        except (ValueError, RecursionError):
            self._write(parse_error())
            return
        method: Any = message.get("method") if isinstance(message, dict) else None
        if method == _PING:
            self._write(self._answer(message))
        elif method == _CANCELED:
            params: Any = message.get("params")
            request_id: Any = params.get("requestId") if isinstance(params, dict) else None
            self._canceled |= {request_id} if isinstance(request_id, (str, int)) else set()
        else:
            self._messages.put((message,))

    def _write(self, message: Any) -> None:
        if message is None or message == []:
            return
        left = encoded(message).encode("utf-8", "replace") + b"\n"
        with self._writing:
            while left:
                left = left[os.write(self._stdout, left) :]
