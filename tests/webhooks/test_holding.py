"""How long lists of events hold the newest back."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from paysandbox.webhooks.events.event_store import StoredEvent
from paysandbox.webhooks.events.holding import CROWD, held_at
from tests.support.builders import build

NOW = build.MONDAY


def event(*, age_s: float, taken_s: float = 0.1) -> StoredEvent:
    """Return an event that was stored `age_s` ago, and had taken `taken_s` by then."""
    stored_at = NOW - timedelta(seconds=age_s)
    at = stored_at - timedelta(seconds=taken_s)
    return StoredEvent(id="evt_1", merchant=build.MERCHANT, type="x", at=at, body="{}", stored_at=stored_at)


@pytest.mark.parametrize(
    "events, polled_s, listed_s",
    [
        ([event(age_s=9)], 1, 0.15),
        ([event(age_s=9, taken_s=0.6)], 1, 0.9),
        ([event(age_s=9, taken_s=4)], 6, 1),
        ([event(age_s=9, taken_s=9)], 10, 1),
        ([event(age_s=9, taken_s=3_600), event(age_s=9)], 1, 0.15),
        ([event(age_s=4)] * (CROWD + 1), 5, 0.15),
        ([event(age_s=4)] * CROWD, 1, 0.15),
        ([], 1, 0),
    ],
    ids=["usual", "slower", "slow", "slowest", "dated when due", "many", "few", "none"],
)
def test_the_newest_are_held_back_for_as_long_as_events_take(
    events: Sequence[StoredEvent], polled_s: float, listed_s: float
) -> None:
    for polled, patience_s in ((True, polled_s), (False, listed_s)):
        is_held = held_at(NOW, polled=polled)(events)
        assert is_held(event(age_s=patience_s - 0.01)) is True
        assert is_held(event(age_s=patience_s + 0.01)) is False


def test_what_an_earlier_version_has_stored_is_not_held_back() -> None:
    old = StoredEvent(id="evt_1", merchant=build.MERCHANT, type="x", at=NOW, body="{}")
    assert not held_at(NOW, polled=True)([old])(old)
