"""The sandbox's clock, which tests advance instead of waiting."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from paysandbox_client import RequestError, Sandbox

if TYPE_CHECKING:
    from paysandbox_client.shapes import MoveClock, MovedClock

# The sandbox answers within 30 s, and names the work that takes longer.
_TIMEOUT_S: Final = 60.0
_CONTINUED_AT_MOST: Final = 10


@dataclass
class PaysandboxClock:
    """The clock of the sandbox. Everyone who uses the sandbox shares it."""

    base_url: str
    operator_key: str = field(repr=False)
    is_ahead: bool = field(default=False, init=False)

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Advance the clock, and return the sandbox's time (UTC).

        Work that falls due in between is done first: holds expire, pending refunds end, webhooks are retried. Thousands
        of payments, of all merchants, take several requests. Raises RequestError.
        """
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        self.is_ahead = True  # also if the request fails: the sandbox may have carried it out
        moved = self._move({"advance_s": round(span.total_seconds())})
        for _ in range(_CONTINUED_AT_MOST):
            if moved["unfinished"]:
                moved = self._move({"advance_s": 0})
        if left := moved["unfinished"]:
            raise RequestError(f"The clock was advanced, but work that is due was not done: {'; '.join(left)}.")
        return _time_of(moved)

    def reset(self) -> datetime:
        """Return the clock to wall time, and return that time (UTC). Raises RequestError."""
        now = _time_of(self._move({"reset": True}))
        self.is_ahead = False
        return now

    def _move(self, move: MoveClock) -> MovedClock:
        return Sandbox(self.base_url, self.operator_key, timeout_s=_TIMEOUT_S).move_clock(move)


def _time_of(moved: MovedClock) -> datetime:
    return datetime.fromisoformat(moved["now"]).astimezone(UTC)
