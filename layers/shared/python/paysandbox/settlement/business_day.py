"""Business days: business dates, batch names, cut-offs and value dates.

A business date is a date in UTC. The nightly run on day T+1 settles the batch of T up to its cut-off, 00:00 UTC of T+1
inclusive.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Self

from paysandbox.settlement.bank_holiday import bank_holidays, is_weekend

_DAY: Final = timedelta(days=1)
_DATE: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DAYS: Final = re.compile(rf"{_DATE}(,{_DATE})*")
_NAME: Final = re.compile(rf"({_DATE})(?:\.([1-9][0-9]{{0,4}}))?")


class NotABatchError(ValueError):
    """Invalid batch name, or a batch that cannot follow the last one. The message has the reason."""


@dataclass(frozen=True, slots=True, order=True)
class BatchName:
    """Name of a batch: its business date and its number on that date, from 1. Names compare in settlement order.

    The first batch of a date is written `2026-11-20`, the second `2026-11-20.2` and so on; each name has one spelling.
    The texts sort differently: `.10` before `.2`.
    """

    day: date
    number: int = 1

    def __str__(self) -> str:
        return self.day.isoformat() if self.number == 1 else f"{self.day.isoformat()}.{self.number}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Parse a batch name. Raises NotABatchError if it is invalid."""
        match = _NAME.fullmatch(text)
        number = int(match[2] or 1) if match else 0
        if match is None or (match[2] is not None and number == 1):
            raise NotABatchError(f"{text!r} is no batch; one is called 2026-11-20, the next of that day 2026-11-20.2.")
        try:
            return cls(date.fromisoformat(match[1]), number)
        except ValueError:
            raise NotABatchError(f"{match[1]} is no day.") from None

    @classmethod
    def next(cls, day: date, last: Self | None) -> Self:
        """Return the name of the batch of `day` that follows `last`, the last batch (None: there is none yet).

        Raises NotABatchError if a later day is already settled. The rest of `day` is then in the next batch.
        """
        if last is None or last.day < day:
            return cls(day)
        if last.day > day:
            raise NotABatchError(f"{day} cannot be settled after {last.day}; what is left of it is in the next batch.")
        return cls(day, last.number + 1)


def business_date(instant: datetime) -> date:
    """Return the business date of a timestamp: its date in UTC."""
    return instant.astimezone(UTC).date()


def cutoff_of(day: date, at: time = time.min) -> datetime:
    """Return the cut-off of the batch of `day`: `at` (UTC) on the next day, inclusive."""
    return datetime.combine(day + _DAY, at, UTC)


def is_skipped(day: date, *, weekends: bool, holidays: Collection[date]) -> bool:
    """Return whether the run on `day` is skipped: on one of `holidays`, or on a weekend if `weekends` is set.

    The next run settles the operations that a skipped run would have settled.
    """
    return day in holidays or (weekends and is_weekend(day))


def read_days(text: str) -> frozenset[date]:
    """Parse a setting with days, such as `2026-12-25,2027-01-01`, or empty. Raises ValueError if it is invalid."""
    if not text:
        return frozenset()
    # fromisoformat also accepts 20261225 and 2026-W52-5.
    if not _DAYS.fullmatch(text):
        raise ValueError(f"{text!r} does not read like 2026-12-25,2027-01-01.")
    try:
        return frozenset(map(date.fromisoformat, text.split(",")))
    except ValueError:
        raise ValueError(f"{text!r} names a day that there is not.") from None


def is_business_day(day: date, currency: str) -> bool:
    """Return whether `day` is a banking day of the currency."""
    return not is_weekend(day) and day not in bank_holidays(currency, day.year)


def value_date(day: date, currency: str) -> date:
    """Return the value date of the business date `day`: the currency's next business day."""
    day += _DAY
    while not is_business_day(day, currency):
        day += _DAY
    return day
