"""Connections that wait for the next request to the same address, so that it needs no handshake."""

import time
from collections.abc import Hashable
from threading import Lock
from typing import Final

from paysandbox.runtime.connections import Connection

_MAX_IDLE: Final = 64
"""More than a batch has endpoints, and far less than the 1,024 files that Lambda lets a function open."""


class IdleConnections:
    """Connections that wait for the next request, for at most `idle_s` seconds. Threads may share it.

    The default is less than the five seconds after which Node's servers hang up: they are the likeliest to be met.
    """

    def __init__(self, idle_s: float = 4.0) -> None:
        self._idle_s = idle_s
        self._idle: list[Connection] = []
        self._lock = Lock()

    def take(self, key: Hashable) -> Connection | None:
        """One of this key that still seems good, the last used first. Those that do not are closed."""
        while (found := self._picked(key)) is not None and not found.is_quiet():
            found.close()
        return found

    def keep(self, connection: Connection) -> None:
        """Let it wait. When too many do, the one that waits longest is closed."""
        connection.idle_since_s = time.monotonic()
        with self._lock:
            self._idle.append(connection)
            spilled = self._idle[:-_MAX_IDLE]
            del self._idle[:-_MAX_IDLE]
        for one in spilled:
            one.close()

    def clear(self) -> None:
        """Close all that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _picked(self, key: Hashable) -> Connection | None:
        with self._lock:
            oldest_s = time.monotonic() - self._idle_s
            stale = [one for one in self._idle if one.idle_since_s < oldest_s]
            found = next((one for one in reversed(self._idle) if one.key == key and one not in stale), None)
            self._idle = [one for one in self._idle if one is not found and one not in stale]
        for one in stale:
            one.close()
        return found
