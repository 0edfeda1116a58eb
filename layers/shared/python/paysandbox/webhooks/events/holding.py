"""How long a list that is polled holds an event back, so that it grows at its newest end only.

A poller asks for what comes before the newest event that it has seen. An event that is stored after one which comes
later in the order would be beyond that, and never be seen. So an event is held back for a second after it was stored:
by then, what comes before it has been stored as well. Where many events come at once, a function that has just begun
may be behind the others, and where a machine has too much to do, everything takes longer. A poller then waits longer.

A list without a marker waits only for as long as events take at present: code that pays, and lists events at once,
finds them.
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

    A list that is not `polled` from an event on holds back for half as long again as the slowest of the events took, at
    most for a second.
    """

    def held_of(events: Collection[StoredEvent]) -> Callable[[StoredEvent], bool]:
        patience = _patience(events, now) if polled else min(LEAST, _OF_SLOWEST * _slowest(events))
        return lambda event: event.stored_at is not None and now - event.stored_at < patience

    return held_of


def _patience(events: Collection[StoredEvent], now: datetime) -> timedelta:
    is_crowd = sum(event.stored_at is not None and now - event.stored_at < IN_CROWD for event in events) > CROWD
    return min(MOST, max(IN_CROWD if is_crowd else LEAST, _OF_SLOWEST * _slowest(events)))


def _slowest(events: Collection[StoredEvent]) -> timedelta:
    taken = [event.stored_at - event.at for event in events if event.stored_at is not None]
    return max((time for time in taken if time <= MOST), default=timedelta())
