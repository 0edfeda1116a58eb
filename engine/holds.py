"""How many requests are held at the same time: in all, and of one merchant, so that none uses up the others' share.

A held request is a coroutine and a connection (engine/wall/request_limits.py), and no worker.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MAX_HELD: Final = 400
MAX_HELD_OF_ONE: Final = 100
"""Any more are not held, so that they cannot use up the engine's connections."""


class Holds:
    """Requests that are held at the moment, at most `most` in all and `most_of_one` of the same owner."""

    def __init__(self, most: int = MAX_HELD, most_of_one: int = MAX_HELD_OF_ONE) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._of: Counter[str] = Counter()

    @property
    def held(self) -> int:
        """How many are held, whoever owns them."""
        return self._of.total()

    @contextmanager
    def one_of(self, owner: str) -> Iterator[bool]:
        """Count one more of an owner's while the block runs. Yields False, and counts nothing, beyond a limit."""
        if self.held >= self._most or self._of[owner] >= self._most_of_one:
            yield False
            return
        self._of[owner] += 1
        try:
            yield True
        finally:
            self._of[owner] -= 1
            if not self._of[owner]:
                del self._of[owner]
