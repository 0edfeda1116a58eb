"""When the payment of an invoice that failed is attempted again. Pure.

Stripe attempts it up to eight times more within two weeks by default ("Automate payment retries"). Of 104 real
subscriptions, the median of the time from the first failure to the last attempt was 14.0 days, with nine attempts in
all (superset#6732). The days between are the sandbox's choice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

RETRY_DAYS: Final = (1, 2, 4, 6, 8, 10, 12, 14)
"""Days after the first attempt."""
STANDARD_RETRY_DAYS: Final = ",".join(map(str, RETRY_DAYS))
"""The setting."""

MAX_RETRIES: Final = 20
MAX_DAYS: Final = 60


class RetryDaysInvalidError(Exception):
    """The setting is no list of days. The message says why."""


def read_retry_days(setting: str) -> tuple[int, ...]:
    """Return the days of the setting, which are separated by commas. Raises RetryDaysInvalidError."""
    texts = [text.strip() for text in setting.split(",") if text.strip()]
    if not all(text.isascii() and text.isdigit() for text in texts):
        raise RetryDaysInvalidError(f"{setting!r} is not a list of days, separated by commas.")
    days = tuple(map(int, texts))
    if len(days) > MAX_RETRIES or [*days] != sorted({*days}) or any(not 1 <= day <= MAX_DAYS for day in days):
        raise RetryDaysInvalidError(
            f"{setting!r} must have at most {MAX_RETRIES} days from 1 to {MAX_DAYS}, each later than the one before."
        )
    return days


def next_attempt(first: datetime, attempts: int, failed: datetime, days: Sequence[int] = RETRY_DAYS) -> datetime | None:
    """Return when a payment that failed this often (at least once) is attempted again, or None: never.

    `failed` is when it failed last. Days that were over by then are left out: after a decline that no retry changes,
    another card is attempted from the next day on.
    """
    return next((at for day in days[attempts - 1 :] if (at := first + timedelta(days=day)) > failed), None)


def given_up(first: datetime, days: Sequence[int] = RETRY_DAYS) -> datetime:
    """Return when the attempts end, if none is made because the bank would decline each for the same reason."""
    return first + timedelta(days=days[-1] if days else 0)
