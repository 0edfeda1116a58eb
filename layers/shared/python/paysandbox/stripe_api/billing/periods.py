"""Billing periods. Pure. Times are UTC, without daylight saving.

The n-th boundary is counted from the anchor, never from the boundary before it: from January 31, monthly periods end on
the last day of February and on March 31 (Stripe, "Set the subscription billing renewal date").
"""

from calendar import monthrange
from datetime import datetime, timedelta
from typing import Final

from paysandbox.core.record import record

_FIXED: Final = {"day": timedelta(days=1), "week": timedelta(weeks=1)}
_MONTHS: Final = {"month": 1, "year": 12}


@record
class Cycle:
    """How often a price is due: every `count` of an interval (`day`, `week`, `month` or `year`)."""

    interval: str
    count: int = 1


def boundary(anchor: datetime, cycle: Cycle, number: int) -> datetime:
    """Return the boundary with this number. The anchor is 0, and those before it are negative."""
    if cycle.interval in _FIXED:
        return anchor + number * cycle.count * _FIXED[cycle.interval]
    month = anchor.year * 12 + anchor.month - 1 + number * cycle.count * _MONTHS[cycle.interval]
    year, month = month // 12, month % 12 + 1
    return anchor.replace(year=year, month=month, day=min(anchor.day, monthrange(year, month)[1]))
