"""Business days: of which day a payment is, which night settles it, under which name, and when the money is there.

A business date is a date of UTC. The night's run on day T+1 settles the batch of T, up to its cut-off: 00:00 UTC of
T+1, that instant included.
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
    """A text that is no batch's name, or a batch that cannot come next. The text says why."""


@dataclass(frozen=True, slots=True, order=True)
class BatchName:
    """A batch: its business date, and its number among those of that date, from 1. In the order in which they settle.

    Written `2026-11-20`, then `2026-11-20.2` and so on; each batch has one spelling. The order of the texts is another
    one: `.10` comes before `.2` there.
    """

    day: date
    number: int = 1

    def __str__(self) -> str:
        return self.day.isoformat() if self.number == 1 else f"{self.day.isoformat()}.{self.number}"

    @classmethod
    def read(cls, text: str) -> Self:
        """The batch of that name. Raises NotABatchError where none can have it."""
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
        """The name of the batch of `day` that follows `last` (None: there was none yet).

        Raises NotABatchError where a later day was settled already: what is left of `day` is in the next batch.
        """
        if last is None or last.day < day:
            return cls(day)
        if last.day > day:
            raise NotABatchError(f"{day} cannot be settled after {last.day}; what is left of it is in the next batch.")
        return cls(day, last.number + 1)


def business_date(instant: datetime) -> date:
    """The business date of an instant: its date in UTC."""
    return instant.astimezone(UTC).date()


def cutoff_of(day: date, at: time = time.min) -> datetime:
    """The cut-off of the batch of `day`: `at` (UTC) on the day after. What was recorded then or before is in it."""
    return datetime.combine(day + _DAY, at, UTC)


def is_skipped(day: date, *, weekends: bool, holidays: Collection[date]) -> bool:
    """Whether no run starts on `day`: on a weekend, where those are skipped, or on one of `holidays`.

    What it would have taken is in the next run's batch.
    """
    return day in holidays or (weekends and is_weekend(day))


def read_days(text: str) -> frozenset[date]:
    """The days of a setting: `2026-12-25,2027-01-01`, or none. Raises ValueError for anything else."""
    if not text:
        return frozenset()
    # fromisoformat reads 20261225 and 2026-W52-5 too.
    if not _DAYS.fullmatch(text):
        raise ValueError(f"{text!r} does not read like 2026-12-25,2027-01-01.")
    try:
        return frozenset(map(date.fromisoformat, text.split(",")))
    except ValueError:
        raise ValueError(f"{text!r} names a day that there is not.") from None


def is_business_day(day: date, currency: str) -> bool:
    """Whether banks of that currency pay on `day`."""
    return not is_weekend(day) and day not in bank_holidays(currency, day.year)


def value_date(day: date, currency: str) -> date:
    """When what was settled for the business date `day` is there: the next business day of the currency after it."""
    day += _DAY
    while not is_business_day(day, currency):
        day += _DAY
    return day
