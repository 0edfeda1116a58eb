"""The limits of the sandbox's clock, and the sentences that explain them."""

from datetime import UTC, datetime, timedelta

import pytest

from paysandbox.clock import rules
from paysandbox.core.errors import Code
from paysandbox.core.time_span import span_words, written

WALL = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "ahead, offset_s",
    [
        (timedelta(0), 0),
        (timedelta(seconds=1), 1),
        (timedelta(microseconds=1), 1),
        (timedelta(days=8, microseconds=-1), 691_200),
        (timedelta(seconds=-1), -1),
    ],
)
def test_clock_shows_the_time_that_was_asked_for_or_less_than_a_second_more(ahead: timedelta, offset_s: int) -> None:
    assert rules.offset_at(WALL + ahead, WALL) == offset_s


def test_refusals_name_the_limit_and_the_time() -> None:
    assert rules.fixed("prod").detail == "The clock of prod cannot be changed; this environment uses wall time."
    too_far = rules.too_far(rules.AHEAD_S_MAX + 1)
    assert too_far.detail == "The clock can be at most 1826 days ahead, and this would be 1826 days 1 second."
    past = rules.in_the_past(WALL + timedelta(days=1), WALL, 2 * 86_400)
    assert past.detail == "2026-11-23T15:30:00Z is in the past: the sandbox's time is 2026-11-24T15:30:00Z."
    assert {too_far.code, past.code} == {Code.CLOCK_OUT_OF_RANGE}


@pytest.mark.parametrize(
    "seconds, words",
    [(0, "0 seconds"), (1, "1 second"), (90, "1 minute 30 seconds"), (129_600, "1 day 12 hours"), (172_800, "2 days")],
)
def test_durations_in_words(seconds: int, words: str) -> None:
    assert span_words(seconds) == words


def test_times_in_messages_are_in_utc_to_the_second() -> None:
    assert written(datetime.fromisoformat("2026-11-22T16:30:00.999+01:00")) == "2026-11-22T15:30:00Z"
