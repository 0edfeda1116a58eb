"""An answer's bytes: read by one deadline for all of them, and no more than anybody needs.

A socket's own timeout begins anew with every byte, so that whoever sends one a second is never late. Here each wait is
as long as what is left of the whole.
"""

import socket
import time
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final, Self

MAX_ANSWER_BYTES: Final = 65_536
"""Of an answer, as it comes in, head and chunk sizes included."""

_PIECE_BYTES: Final = 16_384


class AnswerTooLongError(HTTPException):
    """The other side sends more than anybody reads."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant, in seconds of the clock that is never set."""

    at_s: float

    @classmethod
    def after(cls, delay_s: float) -> Self:
        """So many seconds from now."""
        return cls(time.monotonic() + delay_s)

    def left_s(self) -> float:
        """The seconds until then, more than none. Raises TimeoutError afterwards."""
        left_s = self.at_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s


class Incoming:
    """An answer's bytes, read as http.client reads a socket's file. Raises TimeoutError and AnswerTooLongError."""

    def __init__(self, peer: socket.socket, deadline: Deadline) -> None:
        self.received = 0
        self.waiting = bytearray()
        self._peer, self._deadline = peer, deadline

    def makefile(self, mode: str) -> Self:  # noqa: ARG002 - http.client's word for what it wants of a socket
        """This: it is no socket's file, but has what http.client asks of one."""
        return self

    def readline(self, limit: int) -> bytes:
        """A line, or its first `limit` bytes, or nothing where nothing came at all.

        Raises ConnectionResetError where the end comes within an answer: http.client would take it for an empty line.
        """
        while b"\n" not in self.waiting and len(self.waiting) < limit:
            if not self._receive():
                if self.received:
                    raise ConnectionResetError
                break
        end = self.waiting.find(b"\n", 0, limit) + 1
        return self._taken(end or limit)

    def read(self, count: int) -> bytes:
        """So many bytes, or what came before the end."""
        while len(self.waiting) < count and self._receive():
            pass
        return self._taken(count)

    def read1(self, count: int) -> bytes:
        """What is there of so many bytes, at least one; none at the end."""
        if count and not self.waiting:
            self._receive()
        return self._taken(count)

    def flush(self) -> None:
        """Nothing: this is for reading."""

    def close(self) -> None:
        """Nothing: the answer has ended, not the connection."""

    def _taken(self, count: int) -> bytes:
        taken = bytes(self.waiting[:count])
        del self.waiting[:count]
        return taken

    def _receive(self) -> bool:
        if self.received > MAX_ANSWER_BYTES:
            raise AnswerTooLongError
        self._peer.settimeout(self._deadline.left_s())
        piece = self._peer.recv(_PIECE_BYTES)
        self.received += len(piece)
        self.waiting += piece
        return bool(piece)
