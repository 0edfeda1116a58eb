"""When the payment of an invoice that failed is attempted again, and what the setting allows."""

from datetime import timedelta

import pytest

from paysandbox.stripe_api.billing.dunning import (
    RETRY_DAYS,
    STANDARD_RETRY_DAYS,
    RetryDaysInvalidError,
    given_up,
    next_attempt,
    read_retry_days,
)
from tests.support.builders.build import DAY, MONDAY


def test_by_default_there_are_nine_attempts_in_fourteen_days() -> None:
    """Source: superset#6732."""
    later = [next_attempt(MONDAY, attempts, MONDAY) for attempts in range(1, 9)]
    assert [each - MONDAY for each in later if each] == [DAY * day for day in (1, 2, 4, 6, 8, 10, 12, 14)]
    assert next_attempt(MONDAY, 9, MONDAY) is None


@pytest.mark.parametrize(
    "failed_on, attempts, following",
    [
        (0, 1, 1),
        (1, 1, 2),  # at the very time of a retry
        (9, 1, 10),
        (9.5, 3, 10),
        (3, 6, 10),  # a payer's own attempt brings none forward
        (14, 1, None),
        (20, 1, None),
    ],
)
def test_no_attempt_lies_before_the_failure(failed_on: float, attempts: int, following: int | None) -> None:
    found = next_attempt(MONDAY, attempts, MONDAY + failed_on * DAY)
    assert found == (None if following is None else MONDAY + following * DAY)


def test_without_retries_there_is_one_attempt() -> None:
    assert next_attempt(MONDAY, 1, MONDAY, ()) is None
    assert given_up(MONDAY, ()) == MONDAY


def test_attempts_are_given_up_on_the_last_day() -> None:
    assert given_up(MONDAY) == MONDAY + timedelta(days=14)
    assert given_up(MONDAY, (3, 5)) == MONDAY + timedelta(days=5)


@pytest.mark.parametrize("setting, days", [("", ()), ("1", (1,)), (" 1, 3 ,60", (1, 3, 60)), ("2,,4", (2, 4))])
def test_the_setting_is_read(setting: str, days: tuple[int, ...]) -> None:
    assert read_retry_days(setting) == days


def test_the_standard_setting_has_the_standard_days() -> None:
    assert read_retry_days(STANDARD_RETRY_DAYS) == RETRY_DAYS


@pytest.mark.parametrize(
    "setting",
    ["a", "1.5", "-1", "0", "61", "2,1", "1,1", "١", ",".join(map(str, range(1, 22)))],
)
def test_other_settings_are_refused(setting: str) -> None:
    with pytest.raises(RetryDaysInvalidError):
        read_retry_days(setting)
