"""Business days: batch names, cut-offs, days without a run, and value dates."""

import time as clock
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone

import holidays
import pytest
from hypothesis import given, strategies as st

from paysandbox.settlement.bank_holiday import bank_holidays, easter_sunday, is_weekend
from paysandbox.settlement.business_day import (
    BatchName,
    NotABatchError,
    business_date,
    cutoff_of,
    is_business_day,
    is_skipped,
    read_days,
    value_date,
)

YEARS = range(2024, 2061)
FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 11, day) for day in (20, 21, 22, 23))

names = st.builds(BatchName, st.dates(date(1, 1, 1), date(9999, 12, 31)), st.integers(1, 99_999))


# --- batch names ------------------------------------------------------------------------------------------------------


@pytest.mark.full
@given(name=names)
def test_names_round_trip(name: BatchName) -> None:
    assert BatchName.read(str(name)) == name


@given(name=names, other=names)
def test_names_are_unique(name: BatchName, other: BatchName) -> None:
    assert (str(name) == str(other)) == (name == other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2026-11-20.1",  # its name is 2026-11-20
        "2026-11-20.0",
        "2026-11-20.02",
        "2026-11-20.",
        "2026-11-20.-2",
        "2026-11-20.2.3",
        "2026-11-20.100000",
        "2026-11-31",
        "2026-02-29",
        "0000-01-01",
        "2026-13-01",
        "20261120",
        "2026-W47-5",
        "2026-11-20T00:00:00",
        " 2026-11-20",
        "2026-11-20\n",
        "2026-11-2\u0660",
        "26-11-20",
    ],
)
def test_invalid_names_are_refused(text: str) -> None:
    with pytest.raises(NotABatchError):
        BatchName.read(text)


@pytest.mark.parametrize(
    "text, says",
    [
        ("today", "'today' is no batch; one is called 2026-11-20, the next of that day 2026-11-20.2."),
        ("2026-11-31", "2026-11-31 is no day."),
        ("2026-11-31.2", "2026-11-31 is no day."),
    ],
)
def test_errors_state_the_name_format(text: str, says: str) -> None:
    with pytest.raises(NotABatchError) as caught:
        BatchName.read(text)
    assert str(caught.value) == says


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati"])
def test_business_dates_do_not_depend_on_the_machines_time_zone(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    clock.tzset()
    try:
        assert business_date(datetime(2026, 11, 20, 12, tzinfo=UTC)) == FRIDAY
        assert business_date(datetime(2026, 11, 20, tzinfo=UTC)) == FRIDAY
    finally:
        monkeypatch.undo()
        clock.tzset()


def test_names_sort_in_settlement_order() -> None:
    told = ["2026-11-20", "2026-11-20.2", "2026-11-20.10", "2026-11-21"]
    assert [str(name) for name in sorted(map(BatchName.read, reversed(told)))] == told


@pytest.mark.parametrize(
    "day, last, name",
    [
        (FRIDAY, None, "2026-11-20"),
        (FRIDAY, "2026-11-19.7", "2026-11-20"),
        (FRIDAY, "2026-11-20", "2026-11-20.2"),
        (FRIDAY, "2026-11-20.9", "2026-11-20.10"),
    ],
)
def test_next_name(day: date, last: str | None, name: str) -> None:
    assert str(BatchName.next(day, BatchName.read(last) if last else None)) == name


def test_the_next_batch_cannot_be_earlier() -> None:
    with pytest.raises(NotABatchError, match="2026-11-20 cannot be settled after 2026-11-21"):
        BatchName.next(FRIDAY, BatchName(SATURDAY))


# --- days and nights --------------------------------------------------------------------------------------------------


def test_business_dates_are_utc() -> None:
    instant = datetime(2026, 11, 20, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert business_date(instant) == SATURDAY


@pytest.mark.parametrize(
    "day, at, cutoff",
    [
        (FRIDAY, time.min, datetime(2026, 11, 21, tzinfo=UTC)),
        (FRIDAY, time(2, 30), datetime(2026, 11, 21, 2, 30, tzinfo=UTC)),
        (date(2026, 12, 31), time.min, datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_cut_off_is_on_the_following_day(day: date, at: time, cutoff: datetime) -> None:
    assert cutoff_of(day, at) == cutoff
    assert cutoff_of(day) <= cutoff


@pytest.mark.parametrize(
    "day, weekends, holiday, skipped",
    [
        (SATURDAY, True, (), True),
        (SUNDAY, True, (), True),
        (SATURDAY, False, (), False),
        (FRIDAY, True, (), False),
        (FRIDAY, False, (FRIDAY,), True),
        (MONDAY, True, (FRIDAY,), False),
    ],
)
def test_skipped_days(day: date, weekends: bool, holiday: Iterable[date], skipped: bool) -> None:
    assert is_skipped(day, weekends=weekends, holidays=frozenset(holiday)) is skipped


def test_parsing_of_days() -> None:
    assert read_days("") == frozenset()
    assert read_days("2026-11-20,2026-11-23") == {FRIDAY, MONDAY}


@pytest.mark.parametrize("text", ["2026-11-31", "20261120", "2026-11-20,", "2026-11-20;2026-11-23", "friday"])
def test_invalid_days_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not read like|names a day that"):
        read_days(text)


# --- value dates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day, currency, valued",
    [
        (FRIDAY, "USD", MONDAY),
        (SATURDAY, "USD", MONDAY),
        (SUNDAY, "USD", MONDAY),
        (MONDAY, "USD", date(2026, 11, 24)),
        (date(2026, 11, 25), "USD", date(2026, 11, 27)),  # Thanksgiving
        (date(2026, 11, 25), "EUR", date(2026, 11, 26)),
        (date(2026, 7, 2), "USD", date(2026, 7, 3)),  # the Fourth is a Saturday, so Friday is a normal day
        (date(2027, 7, 2), "USD", date(2027, 7, 6)),  # the Fourth is a Sunday, observed on Monday
        (date(2026, 4, 2), "EUR", date(2026, 4, 7)),  # Easter
        (date(2026, 4, 2), "USD", date(2026, 4, 3)),  # not a Federal Reserve holiday
        (date(2026, 4, 30), "EUR", date(2026, 5, 4)),
        (date(2026, 12, 24), "EUR", date(2026, 12, 28)),
        (date(2026, 12, 24), "GBP", date(2026, 12, 29)),  # Boxing Day is a Saturday, observed on Monday
        (date(2027, 12, 24), "GBP", date(2027, 12, 29)),  # both fall on a weekend
        (date(2022, 12, 23), "GBP", date(2022, 12, 28)),  # Christmas is a Sunday; Boxing Day stays on its own day
        (date(2026, 12, 24), "JPY", date(2026, 12, 25)),
        (date(2026, 12, 31), "JPY", date(2027, 1, 1)),
        (date(2026, 12, 31), "GBP", date(2027, 1, 4)),
    ],
)
def test_value_dates(day: date, currency: str, valued: date) -> None:
    assert value_date(day, currency) == valued


@given(day=st.dates(date(2024, 1, 1), date(2060, 12, 1)), currency=st.sampled_from(["USD", "EUR", "GBP", "JPY"]))
def test_value_date_is_the_next_business_day(day: date, currency: str) -> None:
    valued = value_date(day, currency)
    between = [day + timedelta(days=n) for n in range(1, (valued - day).days)]
    assert is_business_day(valued, currency)
    assert not any(is_business_day(one, currency) for one in between)
    assert len(between) <= 5


def kept(currency: str, year: int) -> set[date]:
    """Return the weekday bank holidays of a currency, from a maintained library."""
    if currency == "EUR":
        days = set(holidays.financial_holidays("ECB", years=year))
    elif currency == "GBP":
        days = set(holidays.country_holidays("GB", subdiv="ENG", years=year))
    else:
        # The Federal Reserve moves holidays from Sundays, as the law does, but not from Saturdays.
        days = set(holidays.country_holidays("US", observed=False, years=year))
        days = {day + timedelta(days=1) if day.weekday() == 6 else day for day in days}
    return {day for day in days if not is_weekend(day)}


@pytest.mark.full
@pytest.mark.parametrize("currency", ["USD", "EUR", "GBP"])
def test_bank_holidays_match_a_maintained_library(currency: str) -> None:
    assert {year: set(bank_holidays(currency, year)) for year in YEARS} == {
        year: kept(currency, year) for year in YEARS
    }


def test_currencies_without_rules_have_only_weekends() -> None:
    assert bank_holidays("JPY", 2026) == frozenset()


@pytest.mark.parametrize(
    "sunday", [date(1818, 3, 22), date(1943, 4, 25), date(2024, 3, 31), date(2026, 4, 5), date(2038, 4, 25)]
)
def test_easter(sunday: date) -> None:
    """The earliest and the latest possible dates, among others."""
    assert easter_sunday(sunday.year) == sunday
