"""The windows in which ACH entries are collected: cut-offs, settlement times and banking days. Pure.

A window is named after the banking day on which it settles, in New York: `2026-11-23.0` settles overnight, `.1` to `.3`
on the same day. Entries are collected to the cut-off, which is exclusive.

The name alone says what a window is. The calendar of banking days only says which windows collect: it may change with a
version, and what was collected until then stays readable.

Sources: Federal Reserve Financial Services, "FedACH Processing Schedule" (deadlines of 2:15, 10:30, 14:45 and 16:45,
settlement at 8:30, 13:00, 17:00 and 18:00); Nacha, "Same Day ACH" (1,000,000 USD a payment).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from paysandbox.core.record import record
from paysandbox.settlement.bank_holiday import is_weekend
from paysandbox.settlement.business_day import is_business_day

SAME_DAY_LIMIT: Final = 1_000_000_00
"""The largest amount of an entry that settles on the same day, in cents."""

FEDACH_CUTOFFS: Final = "02:15,10:30,14:45,16:45"
"""The cut-offs of FedACH: that of the entries that settle in the morning, and the three of the same day."""

RETURNED_WITHIN: Final = 2
"""Banking days after settlement within which a credit comes back (Nacha, "ACH Return Codes": R02 to R04, R16, R20)."""

_SETTLES: Final = (time(8, 30), time(13), time(17), time(18))
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_CURRENCY: Final = "USD"
_TIME: Final = re.compile("([01][0-9]|2[0-3]):([0-5][0-9])")
_NAME: Final = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})[.]([0-3])")

Cutoffs = Sequence[time]
"""The four cut-offs of a banking day, in New York, as `read_cutoffs` returns them."""


@record(kw_only=True)
class Window:
    """A window. `day` is the banking day on which it settles, `number` its place on it, from 0.

    `cutoff` and `settles_at` are in UTC. Only the cut-off depends on settings.
    """

    day: date
    number: int
    cutoff: datetime
    settles_at: datetime

    @property
    def name(self) -> str:
        """Its name, which is the same whatever the cut-offs are."""
        return f"{self.day.isoformat()}.{self.number}"

    @property
    def collects(self) -> bool:
        """Whether entries may join it: its day is a banking day."""
        return is_business_day(self.day, _CURRENCY)

    @property
    def is_same_day(self) -> bool:
        """Whether its entries settle on the day of the cut-off."""
        return self.number > 0

    def takes(self, amount: int) -> bool:
        """Whether an entry of this amount (cents) may be in it."""
        return not self.is_same_day or amount <= SAME_DAY_LIMIT


def read_cutoffs(text: str) -> Cutoffs:
    """Read a setting such as `02:15,10:30,14:45,16:45` (`FEDACH_CUTOFFS`): times in New York.

    A bank may end each window earlier than FedACH does. Raises ValueError if one is later, if they are not in order, or
    if there are not four of them.
    """
    parts = text.split(",")
    if not all(_TIME.fullmatch(part) for part in parts):
        raise ValueError(f"{text!r} does not read like {FEDACH_CUTOFFS}.")
    cutoffs = tuple(map(time.fromisoformat, parts))
    latest = tuple(map(time.fromisoformat, FEDACH_CUTOFFS.split(",")))
    if len(cutoffs) != len(latest):
        raise ValueError(f"{text!r} has {len(cutoffs)} cut-offs. There are {len(latest)} windows a day.")
    for cutoff, last in zip(cutoffs, latest, strict=True):
        if cutoff > last:
            raise ValueError(f"{cutoff:%H:%M} is later than FedACH's deadline, {last:%H:%M}.")
    if any(later <= earlier for earlier, later in pairwise(cutoffs)):
        raise ValueError(f"{text!r} is not in the order of the day.")
    return cutoffs


def windows_of(day: date, cutoffs: Cutoffs) -> tuple[Window, ...]:
    """Return the windows of a day in New York, in order. There are none on a weekend.

    Those of a holiday are among them: by an earlier calendar, they may have collected entries.
    """
    if is_weekend(day):
        return ()
    return tuple(_window(day, number, cutoffs) for number in range(len(_SETTLES)))


def cutoff_of(window: Window, cutoffs: Cutoffs) -> datetime:
    """Return the cut-off of a window by other cut-offs (UTC)."""
    return _instant(window.day, cutoffs[window.number])


def windows_after(at: datetime, amount: int, cutoffs: Cutoffs) -> Iterator[Window]:
    """Yield the windows that an entry created at a time (UTC) may be in, the first one first, without an end.

    It may join those that collect. `amount` is in cents. One above the limit of the same day is only in windows that
    settle in the morning.
    """
    day = eastern(at).date()
    while True:
        yield from (window for window in windows_of(day, cutoffs) if at < window.cutoff and window.takes(amount))
        day += _DAY


def window_named(name: str, cutoffs: Cutoffs) -> Window:
    """Return the window with a name, whatever the calendar says of its day. Raises ValueError if it is no name."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is no window.")
    return _window(date.fromisoformat(match[1]), int(match[2]), cutoffs)


def window_of_file(reference: str) -> Window:
    """Return the window of a file (`2026-11-23.1.1`), with FedACH's cut-off. Raises ValueError if it is no file."""
    return window_named(reference.rpartition(".")[0], read_cutoffs(FEDACH_CUTOFFS))


def banking_days_after(day: date, count: int) -> date:
    """Return the banking day that is `count` banking days after a day. Raises ValueError if `count` is below 1."""
    if count < 1:
        raise ValueError(f"{count} banking days after {day}")
    while count:
        day += _DAY
        count -= is_business_day(day, _CURRENCY)
    return day


def returns_expected_by(window: Window) -> datetime:
    """Return when the last return of a window's entries is expected (UTC): when its banking day opens for settlement.

    A receiver may refuse a credit (R23) later than that.
    """
    return morning_of(banking_days_after(window.day, RETURNED_WITHIN))


def morning_of(day: date) -> datetime:
    """Return the morning's settlement time on a day in New York (UTC)."""
    return _instant(day, _SETTLES[0])


class _NewYork(tzinfo):
    """Eastern time, without a database of time zones, which not every machine has.

    Daylight saving time is from the second Sunday in March to the first in November, at 2:00 (15 U.S.C. 260a).
    """

    def dst(self, dt: datetime | None) -> timedelta:
        if dt is None:
            return timedelta()
        at = dt.replace(tzinfo=None)
        begins = datetime.combine(_sunday(date(at.year, 3, 8)), time(2))
        ends = datetime.combine(_sunday(date(at.year, 11, 1)), time(2))
        return _HOUR if begins <= at < ends else timedelta()

    def utcoffset(self, dt: datetime | None) -> timedelta:
        return self.dst(dt) - 5 * _HOUR

    def tzname(self, dt: datetime | None) -> str:
        return "EDT" if self.dst(dt) else "EST"


_EASTERN: Final = _NewYork()


def eastern(at: datetime) -> datetime:
    """Return a time as it is in New York."""
    return at.astimezone(_EASTERN)


def _window(day: date, number: int, cutoffs: Cutoffs) -> Window:
    cutoff, settles_at = _instant(day, cutoffs[number]), _instant(day, _SETTLES[number])
    return Window(day=day, number=number, cutoff=cutoff, settles_at=settles_at)


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, _EASTERN).astimezone(UTC)


def _sunday(day: date) -> date:
    """Return the first Sunday from a day on."""
    return day + _DAY * (6 - day.weekday())
