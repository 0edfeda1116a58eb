"""Billing periods: each boundary is counted from the anchor, so that periods have no gap and do not drift."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given, strategies as st

from paysandbox.stripe_api.billing.periods import Cycle, boundary

MONTH: Final = Cycle("month")
CYCLES: Final = st.builds(Cycle, st.sampled_from(["day", "week", "month", "year"]), st.integers(1, 36))
ANCHORS: Final = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone


def days(anchor: datetime, cycle: Cycle, count: int) -> list[str]:
    return [f"{boundary(anchor, cycle, number):%Y-%m-%d}" for number in range(1, count + 1)]


@pytest.mark.parametrize(
    "anchor, boundaries",
    # Sources: polar#10664, FinSight#1350, autumn#2115.
    [
        ((2027, 1, 31), ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        ((2027, 5, 31), ["2027-06-30", "2027-07-31"]),
        ((2028, 1, 31), ["2028-02-29", "2028-03-31"]),
        ((2027, 1, 30), ["2027-02-28", "2027-03-30"]),
        ((2027, 12, 15), ["2028-01-15", "2028-02-15"]),
    ],
)
def test_months_end_on_the_anchors_day_or_the_last(anchor: tuple[int, int, int], boundaries: list[str]) -> None:
    assert days(datetime(*anchor, tzinfo=UTC), MONTH, len(boundaries)) == boundaries


def test_a_year_from_a_leap_day_ends_on_the_last_day_of_february() -> None:
    leap = datetime(2028, 2, 29, tzinfo=UTC)
    assert days(leap, Cycle("year"), 4) == ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


def test_quarters_are_counted_from_the_anchor() -> None:
    assert days(datetime(2027, 11, 30, tzinfo=UTC), Cycle("month", 3), 3) == ["2028-02-29", "2028-05-30", "2028-08-30"]


@pytest.mark.parametrize(
    "cycle, length",
    [
        (Cycle("day"), timedelta(days=1)),
        (Cycle("day", 10), timedelta(days=10)),
        (Cycle("week"), timedelta(days=7)),
        (Cycle("week", 2), timedelta(days=14)),
    ],
)
def test_days_and_weeks_have_a_fixed_length(cycle: Cycle, length: timedelta) -> None:
    anchor = datetime(2027, 3, 27, 23, 59, 59, tzinfo=UTC)
    assert [boundary(anchor, cycle, number) for number in (0, 1, 2)] == [anchor, anchor + length, anchor + 2 * length]


@given(ANCHORS, CYCLES)
def test_the_anchor_is_boundary_0(anchor: datetime, cycle: Cycle) -> None:
    assert boundary(anchor, cycle, 0) == anchor


@given(ANCHORS, CYCLES, st.integers(-5, 60))
def test_periods_tile_time(anchor: datetime, cycle: Cycle, number: int) -> None:
    start, end, after = (boundary(anchor, cycle, number + place) for place in range(3))
    assert start < end < after
    assert (start.time(), start.tzinfo) == (anchor.time(), UTC)
    assert cycle.interval in ("day", "week") or start.day == anchor.day or (start + timedelta(days=1)).day == 1


@given(ANCHORS, st.integers(1, 12), st.integers(0, 12))
def test_several_periods_of_one_month_are_one_of_several(anchor: datetime, count: int, number: int) -> None:
    assert boundary(anchor, Cycle("month", count), number) == boundary(anchor, MONTH, count * number)
