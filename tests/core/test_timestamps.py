"""Timestamps as text of a fixed width, so that DynamoDB, which orders text, orders time."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, strategies as st

from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from tests.support.builders.build import MICROSECOND, MONDAY

instants = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - Hypothesis takes naive bounds and adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001 - Hypothesis takes naive bounds and adds the zone
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30)), timezone(timedelta(hours=14))]),
)


def test_format_of_timestamps() -> None:
    assert format_timestamp(MONDAY) == "2026-11-16T09:30:00.000000Z"
    assert format_timestamp(MONDAY + MICROSECOND) == "2026-11-16T09:30:00.000001Z"


@given(instant=instants)
def test_text_has_fixed_width_and_round_trips(instant: datetime) -> None:
    text = format_timestamp(instant)

    assert len(text) == 27
    assert parse_timestamp(text) == instant
    assert parse_timestamp(text).tzinfo is UTC


@given(one=instants, other=instants)
def test_text_sorts_by_time(one: datetime, other: datetime) -> None:
    assert (format_timestamp(one) < format_timestamp(other)) == (one < other)


@given(instant=instants)
def test_microseconds_are_preserved(instant: datetime) -> None:
    assert format_timestamp(instant) < format_timestamp(instant + MICROSECOND)
