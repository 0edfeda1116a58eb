"""What is created at the first call and then kept, even if the first calls come from several threads.

`functools.cache` would let each of them create its own. Neither a boto3 session ("Multithreading with clients") nor a
Powertools logger can be created in two threads at once: one of them gets an unfinished one.
"""

from collections.abc import Callable
from functools import update_wrapper
from threading import RLock
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_CREATING: Final = RLock()
"""One for all: what is created shares parts, such as boto3's session, and may need another of these."""


class once(Generic[T]):  # noqa: N801 - a decorator
    """A function without arguments that is run at its first call. Every call returns what that one returned.

    If it raises, the next call runs it again.
    """

    def __init__(self, create: Callable[[], T]) -> None:
        self._create = create
        self._created: tuple[T] | None = None
        update_wrapper(self, create)

    def __call__(self) -> T:
        """Return what the function returned."""
        if self._created is None:
            with _CREATING:
                if self._created is None:
                    self._created = (self._create(),)
        return self._created[0]

    def cache_clear(self) -> None:
        """Have the next call run the function again."""
        self._created = None
