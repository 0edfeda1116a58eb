"""Turns of the API's clients at the processors, so that one client's requests do not make another's wait.

A machine runs as many invocations at once as it has processors; more only take turns, and each takes longer. A client
with four connections would get four fifths of them beside a client with one. Here an invocation for the API begins when
it has a turn. Clients that wait get the next ones in rotation, and while several are active, each has its share of the
turns, so that one is mostly free for whoever comes. A client is known by its key, and all without a key are one.

An invocation that takes longer than `TURN_S` waits for something, and not for a processor: a receiver, for example. It
gives its turn back, or a few such requests would stop all others. A search ends sooner.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, Final

from engine.workers.pool import CORES

AT_ONCE: Final = max(2, CORES)
TURN_S: Final = 0.5
ACTIVE_S: Final = 1.0
"""How long after its last turn a client counts as active."""

_KEYS: Final = ("x-api-key", "authorization")


def client_of(event: Any) -> str:
    """Return whose request an event of the API or its authorizer is for: its key, or an empty text."""
    headers: Mapping[str, str] = (event.get("headers") or {}) if isinstance(event, dict) else {}
    return next((headers[name] for name in _KEYS if headers.get(name)), "")


class Turn:
    """A client's turn, which it gives back once."""

    def __init__(self, turns: "Turns", client: str, seconds: float) -> None:
        self._turns, self._client = turns, client
        self._expiry = asyncio.get_running_loop().call_later(seconds, self._give_back)
        self._is_over = False

    def __enter__(self) -> None:
        """Begin what the turn is for."""

    def __exit__(self, *_: object) -> None:
        self._expiry.cancel()
        self._give_back()

    def _give_back(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._turns.end(self._client)


class Turns:
    """Who has a turn, and who waits. All calls are on the event loop."""

    def __init__(self, at_once: int = AT_ONCE, turn_s: float = TURN_S, active_s: float = ACTIVE_S) -> None:
        self._at_once, self._turn_s, self._active_s = at_once, turn_s, active_s
        self._taken: Counter[str] = Counter()
        # In the order in which the clients get turns. A client without waiting requests is not in it.
        self._waiting: dict[str, deque[asyncio.Future[Turn]]] = {}
        # In the order of the last turn.
        self._active_at: dict[str, float] = {}

    async def turn(self, client: str) -> Turn:
        """Wait for a turn, and return it: a context manager that gives it back."""
        if client not in self._waiting and self._may_begin(client):
            return self._begin(client)
        waits: asyncio.Future[Turn] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(waits)
        try:
            return await waits
        except asyncio.CancelledError:
            if waits.done() and not waits.cancelled():
                with waits.result():
                    pass
            raise

    def end(self, client: str) -> None:
        """Record that a client's turn is over, and let the next ones begin."""
        self._taken[client] -= 1
        if not self._taken[client]:
            del self._taken[client]
        self._note(client)
        while (following := next(filter(self._may_begin, self._waiting), None)) is not None:
            self._let_begin(following)

    def _let_begin(self, client: str) -> None:
        waiting = self._waiting.pop(client)
        waits = waiting.popleft()
        if waiting:
            self._waiting[client] = waiting  # behind the others
        if not waits.done():
            waits.set_result(self._begin(client))

    def _begin(self, client: str) -> Turn:
        self._taken[client] += 1
        self._note(client)
        return Turn(self, client, self._turn_s)

    def _may_begin(self, client: str) -> bool:
        if self._taken.total() >= self._at_once:
            return False
        taken = self._taken[client]
        return taken == 0 or taken < self._at_once // self._active(client)

    def _active(self, client: str) -> int:
        """Return how many clients are active or wait, with this one."""
        until = asyncio.get_running_loop().time() - self._active_s
        while self._active_at:
            oldest = next(iter(self._active_at))
            if self._active_at[oldest] >= until or oldest in self._taken:
                break
            del self._active_at[oldest]
        return len({client, *self._active_at, *self._waiting})

    def _note(self, client: str) -> None:
        self._active_at.pop(client, None)
        self._active_at[client] = asyncio.get_running_loop().time()
