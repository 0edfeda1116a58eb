"""Turns of the API's clients at the processors, so that one client's requests do not make another's wait.

A machine runs as many invocations at once as it has processors; more only take turns, and each takes longer. A client
with four connections would get four fifths of them beside a client with one. Here an invocation for the API begins when
it has a turn. Clients that wait get the next ones in rotation, and while several are active, each has its share of the
turns, so that one is mostly free for whoever comes. A client is known by its key. A request without a key, such as that
of a page, takes no turn.

An invocation may wait for something else than a processor: for a receiver, or for another request to the API, whose
invocation needs a turn. So a turn ends after `TURN_S`, and the next one begins. It counts as part of the client's share
until the invocation ends, such as a long search, but for `SHARE_S` at most.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from engine.workers.pool import CORES

AT_ONCE: Final = max(2, CORES)
TURN_S: Final = 0.1
SHARE_S: Final = 1.0
ACTIVE_S: Final = 1.0
"""How long after its last turn a client counts as active."""

_KEYS: Final = ("x-api-key", "authorization")


def client_of(event: Any) -> str:
    """Return whose request an event of the API or its authorizer is for: its key, or an empty text."""
    headers: Mapping[str, str] = (event.get("headers") or {}) if isinstance(event, dict) else {}
    return next((headers[name] for name in _KEYS if headers.get(name)), "")


class Turns:
    """Who has a turn, and who waits. All calls are on the event loop."""

    def __init__(
        self, at_once: int = AT_ONCE, turn_s: float = TURN_S, share_s: float = SHARE_S, active_s: float = ACTIVE_S
    ) -> None:
        self._at_once, self.turn_s, self.share_s, self._active_s = at_once, turn_s, share_s, active_s
        self._turns = 0
        self._of_share: Counter[str] = Counter()
        # In the order in which the clients get turns. A client without waiting requests is not in it.
        self._waiting: dict[str, deque[asyncio.Future[Turn]]] = {}
        # In the order of the last turn.
        self._active_at: dict[str, float] = {}

    async def turn(self, client: str) -> AbstractContextManager[None]:
        """Wait for a turn, and return a context manager that ends it."""
        if not client:
            return nullcontext()
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

    def end(self, client: str, *, turns: int = 0, of_share: int = 0) -> None:
        """Record that turns are over, or not part of the client's share any more, and let the next ones begin."""
        self._turns -= turns
        self._of_share[client] -= of_share
        if not self._of_share[client]:
            del self._of_share[client]
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

    def _begin(self, client: str) -> "Turn":
        self._turns += 1
        self._of_share[client] += 1
        self._note(client)
        return Turn(self, client)

    def _may_begin(self, client: str) -> bool:
        if self._turns >= self._at_once:
            return False
        active = self._active(client)
        return active == 1 or self._of_share[client] < max(1, self._at_once // active)

    def _active(self, client: str) -> int:
        """Return how many clients are active or wait, with this one."""
        until = asyncio.get_running_loop().time() - self._active_s
        while self._active_at:
            oldest = next(iter(self._active_at))
            if self._active_at[oldest] >= until or oldest in self._of_share:
                break
            del self._active_at[oldest]
        return len({client, *self._active_at, *self._waiting})

    def _note(self, client: str) -> None:
        self._active_at.pop(client, None)
        self._active_at[client] = asyncio.get_running_loop().time()


class Turn:
    """A client's turn: a context manager for its invocation."""

    def __init__(self, turns: Turns, client: str) -> None:
        self._turns, self._client = turns, client
        self._left = {"turns": 1, "of_share": 1}
        self._next = asyncio.get_running_loop().call_later(turns.turn_s, self._end_turn)

    def __enter__(self) -> None:
        """Begin what the turn is for."""

    def __exit__(self, *_: object) -> None:
        self._next.cancel()
        if self._left:
            self._turns.end(self._client, **self._left)

    def _end_turn(self) -> None:
        self._next = asyncio.get_running_loop().call_later(self._turns.share_s - self._turns.turn_s, self._end_share)
        self._turns.end(self._client, turns=self._left.pop("turns"))

    def _end_share(self) -> None:
        self._turns.end(self._client, of_share=self._left.pop("of_share"))
