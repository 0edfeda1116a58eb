"""Bank holidays by currency, computed from their published rules. Banks make no payouts on these days.

- USD: holidays of the Federal Reserve Banks. A holiday on a Sunday moves to Monday; one on a Saturday does not move.
- EUR: closing days of TARGET.
- GBP: bank holidays of England and Wales. A holiday on a weekend moves to the next weekday that is not a holiday.

One-off holidays, such as a coronation, are not included. All other currencies have only weekends. A test compares the
years 2024 to 2060 with a maintained library.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Final

_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6
_DAY: Final = timedelta(days=1)


def is_weekend(day: date) -> bool:
    """Return whether the day is a Saturday or Sunday."""
    return day.weekday() >= _SATURDAY


@cache
def bank_holidays(currency: str, year: int) -> frozenset[date]:
    """Return the weekday holidays of a currency (upper case) in a year, after holidays on weekends have moved."""
    rule = _RULES.get(currency)
    return frozenset(day for day in rule(year) if not is_weekend(day)) if rule else frozenset()


def easter_sunday(year: int) -> date:
    """Return Easter Sunday in the Gregorian calendar, by the algorithm published in Nature in 1876."""
    century, of_century = divmod(year, 100)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    golden = year % 19
    epact = (19 * golden + century - century // 4 - moon_shift + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _federal_reserve(year: int) -> Iterator[date]:
    fixed = (date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25))
    yield from (day + _DAY if day.weekday() == _SUNDAY else day for day in fixed)
    yield _nth(3, _MONDAY, year, 1)
    yield _nth(3, _MONDAY, year, 2)
    yield _last_monday(year, 5)
    yield _nth(1, _MONDAY, year, 9)
    yield _nth(2, _MONDAY, year, 10)
    yield _nth(4, _THURSDAY, year, 11)


def _target(year: int) -> Iterator[date]:
    easter = easter_sunday(year)
    yield from (date(year, 1, 1), easter - 2 * _DAY, easter + _DAY, date(year, 5, 1))
    yield from (date(year, 12, 25), date(year, 12, 26))


def _england_and_wales(year: int) -> Iterator[date]:
    easter = easter_sunday(year)
    yield _next_weekday(date(year, 1, 1))
    yield from (easter - 2 * _DAY, easter + _DAY)
    yield from (_nth(1, _MONDAY, year, 5), _last_monday(year, 5), _last_monday(year, 8))
    christmas = _next_weekday(date(year, 12, 25))
    boxing_day = _next_weekday(date(year, 12, 26))
    yield christmas
    yield _next_weekday(boxing_day + _DAY) if boxing_day == christmas else boxing_day


_RULES: Final[Mapping[str, Callable[[int], Iterator[date]]]] = {
    "USD": _federal_reserve,
    "EUR": _target,
    "GBP": _england_and_wales,
}


def _nth(count: int, weekday: int, year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def _last_monday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=last.weekday())


def _next_weekday(day: date) -> date:
    while is_weekend(day):
        day += _DAY
    return day
