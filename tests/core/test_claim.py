"""Claims: a key is bound for 24 hours by the stored time."""

from datetime import timedelta

import pytest

from paysandbox.core.idempotency_record import key_is_free
from tests.support.builders.build import DAY, HOUR, MICROSECOND, MONDAY


@pytest.mark.parametrize(
    "age, free",
    [
        (timedelta(0), False),
        (23 * HOUR, False),
        (DAY - MICROSECOND, False),
        (DAY, True),  # expired at the limit itself
        (DAY + MICROSECOND, True),
        (49 * HOUR, True),
        (-HOUR, False),  # another function's clock is ahead of ours
    ],
)
def test_expiry_of_a_key(age: timedelta, free: bool) -> None:
    assert key_is_free(MONDAY, MONDAY + age) is free
