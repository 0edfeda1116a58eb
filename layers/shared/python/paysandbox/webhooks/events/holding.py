"""How long a list that is polled holds an event back, so that it grows at its newest end only.

A poller asks for what comes before the newest event that it has seen. An event that is stored after one which comes
later in the order would be beyond that, and never be seen. So an event is held back for a second after it was stored:
by then, what comes before it has been stored as well. Where many events come at once, a function that has just begun
may be behind the others, and where a machine has too much to do, everything takes longer. A poller then waits longer.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from paysandbox.webhooks.events.event_store import StoredEvent

LEAST: Final = timedelta(seconds=1)
IN_CROWD: Final = timedelta(seconds=5)
"""Among more than `CROWD` events as new as this: a function that begins takes seconds until its first write."""
CROWD: Final = 10
"""As many events as one execution stores at a time."""
MOST: Final = timedelta(seconds=10)
"""Also of the time that an event has taken: one that is dated when it fell due, before that was noticed, says nothing
of others."""
_OF_SLOWEST: Final = 1.5


def held_at(now: datetime, *, polled: bool) -> Callable[[Collection[StoredEvent]], Callable[[StoredEvent], bool]]:
    """Return a function that tells which of the events that were read are held back at this time (UTC).

    A list that is not `polled` from an event on holds back for a second, always, so that what it has shown stays.
    """

    def held_of(events: Collection[StoredEvent]) -> Callable[[StoredEvent], bool]:
        patience = _patience(events, now) if polled else LEAST
        return lambda event: event.stored_at is not None and now - event.stored_at < patience

    return held_of


def _patience(events: Collection[StoredEvent], now: datetime) -> timedelta:
    stored = [(event.stored_at, event.stored_at - event.at) for event in events if event.stored_at is not None]
    is_crowd = sum(now - at < IN_CROWD for at, _ in stored) > CROWD
    slowest = max((taken for _, taken in stored if taken <= MOST), default=timedelta())
    return min(MOST, max(IN_CROWD if is_crowd else LEAST, _OF_SLOWEST * slowest))
