"""The windows of ACH: which one an entry joins, when it settles, and until when it may come back."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from paysandbox.disbursements.ach.windows import (
    FEDACH_CUTOFFS,
    SAME_DAY_LIMIT,
    banking_days_after,
    eastern,
    read_cutoffs,
    returns_expected_by,
    window_named,
    window_of_file,
    windows_after,
    windows_of,
)

CUTOFFS: Final = read_cutoffs(FEDACH_CUTOFFS)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "created_at, amount, name, cutoff, settles_at",
    [
        # In winter, New York is five hours behind UTC.
        ("2026-11-23 07:14:59", 1, "2026-11-23.0", "2026-11-23 07:15", "2026-11-23 13:30"),
        ("2026-11-23 07:15:00", 1, "2026-11-23.1", "2026-11-23 15:30", "2026-11-23 18:00"),  # the cut-off is too late
        ("2026-11-23 15:30:00", 1, "2026-11-23.2", "2026-11-23 19:45", "2026-11-23 22:00"),
        ("2026-11-23 19:45:00", 1, "2026-11-23.3", "2026-11-23 21:45", "2026-11-23 23:00"),
        ("2026-11-23 21:45:00", 1, "2026-11-24.0", "2026-11-24 07:15", "2026-11-24 13:30"),
        # In summer, four.
        ("2026-07-01 14:29:59", 1, "2026-07-01.1", "2026-07-01 14:30", "2026-07-01 17:00"),
        # The limit of the same day, and above it.
        ("2026-11-23 12:00:00", SAME_DAY_LIMIT, "2026-11-23.1", "2026-11-23 15:30", "2026-11-23 18:00"),
        ("2026-11-23 12:00:00", SAME_DAY_LIMIT + 1, "2026-11-24.0", "2026-11-24 07:15", "2026-11-24 13:30"),
        ("2026-11-23 07:00:00", SAME_DAY_LIMIT + 1, "2026-11-23.0", "2026-11-23 07:15", "2026-11-23 13:30"),
        # Friday evening, the weekend, and Thanksgiving on a Thursday.
        ("2026-11-20 22:00:00", 1, "2026-11-23.0", "2026-11-23 07:15", "2026-11-23 13:30"),
        ("2026-11-22 12:00:00", 1, "2026-11-23.0", "2026-11-23 07:15", "2026-11-23 13:30"),
        ("2026-11-26 12:00:00", 1, "2026-11-27.0", "2026-11-27 07:15", "2026-11-27 13:30"),
        # July 4, 2026 is a Saturday: the Friday before is a banking day. In 2027 it is a Sunday: Monday is none.
        ("2026-07-03 12:00:00", 1, "2026-07-03.1", "2026-07-03 14:30", "2026-07-03 17:00"),
        ("2027-07-05 12:00:00", 1, "2027-07-06.0", "2027-07-06 06:15", "2027-07-06 12:30"),
        # The nights on which the clocks change are before Sundays: 2:15 of one of them would be no cut-off.
        ("2026-03-07 12:00:00", 1, "2026-03-09.0", "2026-03-09 06:15", "2026-03-09 12:30"),
        ("2026-03-08 07:15:00", 1, "2026-03-09.0", "2026-03-09 06:15", "2026-03-09 12:30"),
        ("2026-10-31 12:00:00", 1, "2026-11-02.0", "2026-11-02 07:15", "2026-11-02 13:30"),
        ("2026-11-01 06:15:00", 1, "2026-11-02.0", "2026-11-02 07:15", "2026-11-02 13:30"),
        # It is still December 31 in New York.
        ("2027-01-01 04:00:00", 1, "2027-01-04.0", "2027-01-04 07:15", "2027-01-04 13:30"),
    ],
)
def test_the_window_that_an_entry_joins(created_at: str, amount: int, name: str, cutoff: str, settles_at: str) -> None:
    window = next(window for window in windows_after(utc(created_at), amount, CUTOFFS) if window.collects)
    assert (window.name, window.cutoff, window.settles_at) == (name, utc(cutoff), utc(settles_at))
    assert window_named(window.name, CUTOFFS) == window


def test_windows_follow_each_other() -> None:
    year = list(islice(windows_after(utc("2026-01-01 00:00"), 1, CUTOFFS), 1_000))
    for earlier, later in pairwise(year):
        assert earlier.cutoff < later.cutoff
        assert earlier.settles_at < later.settles_at
        assert earlier.name < later.name
    assert len({window.name for window in year}) == 1_000


def test_an_entry_above_the_limit_joins_no_window_of_the_same_day() -> None:
    after = windows_after(utc("2026-11-23 12:00"), SAME_DAY_LIMIT + 1, CUTOFFS)
    found = [(window.name, window.collects) for window in islice(after, 4)]
    assert found == [("2026-11-24.0", True), ("2026-11-25.0", True), ("2026-11-26.0", False), ("2026-11-27.0", True)]


@pytest.mark.parametrize("day, count", [(date(2026, 11, 22), 0), (date(2026, 11, 26), 4), (date(2027, 7, 5), 4)])
def test_a_day_on_which_no_window_collects(day: date, count: int) -> None:
    windows = windows_of(day, CUTOFFS)
    assert (len(windows), any(window.collects for window in windows)) == (count, False)


@pytest.mark.parametrize("name", ["2026-11-23.1", "2026-11-22.0", "2026-11-26.3"])
def test_a_window_of_any_day_is_read(name: str) -> None:
    window = window_of_file(f"{name}.1")
    assert window == window_named(name, CUTOFFS)
    assert window.name == name
    assert window.cutoff < window.settles_at < returns_expected_by(window)


@pytest.mark.parametrize("name", ["", "2026-11-23.4", "2026-11-23", "2026-13-01.0"])
def test_a_name_of_no_window(name: str) -> None:
    with pytest.raises(ValueError, match=r"no window|month must be in"):
        window_named(name, CUTOFFS)


@pytest.mark.parametrize(
    "text, says",
    [
        ("02:15,10:30,14:45", "has 3 cut-offs"),
        ("02:15,10:30,14:45,16:46", "16:46 is later than FedACH's deadline, 16:45"),
        ("02:15,02:15,14:45,16:45", "is not in the order of the day"),
        ("2:15,10:30,14:45,16:45", "does not read like"),
        ("02:15,10:30,14:45,24:00", "does not read like"),
        ("02:15, 10:30,14:45,16:45", "does not read like"),
        ("", "does not read like"),
    ],
)
def test_cutoffs_that_are_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_cutoffs(text)


def test_a_bank_with_earlier_cutoffs_settles_at_the_same_times() -> None:
    early = read_cutoffs("00:00,10:00,14:15,16:15")
    for bank, fedach in zip(
        windows_of(date(2026, 11, 23), early), windows_of(date(2026, 11, 23), CUTOFFS), strict=True
    ):
        assert (bank.name, bank.settles_at) == (fedach.name, fedach.settles_at)
        assert bank.cutoff < fedach.cutoff


@pytest.mark.parametrize(
    "day, count, after",
    [
        (date(2026, 11, 23), 1, date(2026, 11, 24)),
        (date(2026, 11, 25), 2, date(2026, 11, 30)),  # over Thanksgiving and a weekend
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        (date(2026, 12, 24), 2, date(2026, 12, 29)),
    ],
)
def test_banking_days(day: date, count: int, after: date) -> None:
    assert banking_days_after(day, count) == after


def test_no_banking_days_are_no_number() -> None:
    with pytest.raises(ValueError, match="0 banking days"):
        banking_days_after(date(2026, 11, 23), 0)


def test_returns_are_expected_on_the_second_banking_day() -> None:
    assert returns_expected_by(window_named("2026-11-25.3", CUTOFFS)) == utc("2026-11-30 13:30")
    # Over the night on which the clocks go forward, and on which they go back.
    assert returns_expected_by(window_named("2026-03-06.1", CUTOFFS)) == utc("2026-03-10 12:30")
    assert returns_expected_by(window_named("2026-10-30.1", CUTOFFS)) == utc("2026-11-03 13:30")


@pytest.mark.parametrize("year", [2024, 2026, 2027, 2032])
def test_the_time_in_new_york(year: int) -> None:
    """It is that of the database of time zones, but for the hour that a day in November has twice."""
    zone = ZoneInfo("America/New_York")
    at = datetime(year, 1, 1, tzinfo=UTC)
    while at.year == year:
        known, shown = at.astimezone(zone), eastern(at)
        assert known.fold or shown.replace(tzinfo=None) == known.replace(tzinfo=None)
        assert known.date() == shown.date()
        at += timedelta(minutes=30)
