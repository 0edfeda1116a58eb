"""When a merchant's balance is paid out: with each batch, on a day of the week or month, or by request only. Pure.

Source: Stripe, "Manage your payout schedule". A batch pays out if a day of payouts is its business date, or has passed
since the batch before, which was skipped for a holiday, say. A month without the day has it at its end.
"""

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from paysandbox.core.record import record

_DAY: Final = timedelta(days=1)
_LONGEST: Final = timedelta(days=31)
"""In so many days is a day of each schedule."""

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Interval(StrEnum):
    """How often payouts are made."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    MANUAL = "manual"


@record(kw_only=True)
class PayoutSchedule:
    """When payouts are made. `weekly_anchor` is a weekday, from 0 (Monday), and `monthly_anchor` a day of the month."""

    interval: Interval = Interval.DAILY
    weekly_anchor: int = 0
    monthly_anchor: int = 1

    def pays_out(self, day: date, before: date | None) -> bool:
        """Whether the batch of a business date pays out. `before` is the date of the batch before, if there was one."""
        if self.interval in (Interval.DAILY, Interval.MANUAL):
            return self.interval is Interval.DAILY
        since = max(before, day - _LONGEST) if before is not None else day - _DAY
        return any(self._is_anchor(day - _DAY * back) for back in range(max((day - since).days, 0)))

    def _is_anchor(self, day: date) -> bool:
        if self.interval is Interval.WEEKLY:
            return day.weekday() == self.weekly_anchor
        return day.day == min(self.monthly_anchor, monthrange(day.year, day.month)[1])


DAILY: Final = PayoutSchedule()
