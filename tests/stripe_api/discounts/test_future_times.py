"""Times in the future that an object is created with."""

from datetime import UTC, datetime

import pytest

from paysandbox.core.errors import Refused
from paysandbox.stripe_api.discounts.future_times import check_future

LEAP_DAY = datetime(2028, 2, 29, 12, tzinfo=UTC)


def seconds(*date: int) -> int:
    return int(datetime(*date, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "time, detail",
    [
        (None, None),
        (seconds(2028, 2, 29, 12), "which is in the past"),
        (seconds(2028, 3, 1), None),
        (seconds(2033, 2, 28, 12), None),
        (seconds(2033, 3, 1), "no more than five years in the future"),
    ],
)
def test_a_time_is_within_five_years(time: int | None, detail: str | None) -> None:
    if detail is None:
        check_future("expires_at", time, LEAP_DAY)
        return
    with pytest.raises(Refused, match=detail) as refused:
        check_future("expires_at", time, LEAP_DAY)
    assert refused.value.param == "expires_at"
