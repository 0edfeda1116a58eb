"""Which batches pay out, by the schedule of a merchant."""

from datetime import date, timedelta

import pytest

from paysandbox.settlement.payout_schedule import DAILY, Interval, PayoutSchedule

MONDAY = date(2026, 11, 16)
FRIDAYS = PayoutSchedule(interval=Interval.WEEKLY, weekly_anchor=4)
ENDS = PayoutSchedule(interval=Interval.MONTHLY, monthly_anchor=31)
MANUAL = PayoutSchedule(interval=Interval.MANUAL)


@pytest.mark.parametrize(
    "schedule, day, before, pays_out",
    [
        pytest.param(DAILY, MONDAY, None, True, id="daily"),
        pytest.param(DAILY, MONDAY, MONDAY, True, id="daily, a second batch of the day"),
        pytest.param(MANUAL, MONDAY, None, False, id="by request"),
        pytest.param(FRIDAYS, date(2026, 11, 20), date(2026, 11, 19), True, id="on Friday"),
        pytest.param(FRIDAYS, date(2026, 11, 20), date(2026, 11, 20), False, id="Friday's second batch"),
        pytest.param(FRIDAYS, date(2026, 11, 20), None, True, id="on Friday, the first batch"),
        pytest.param(FRIDAYS, date(2026, 11, 21), date(2026, 11, 20), False, id="on Saturday"),
        pytest.param(FRIDAYS, date(2026, 11, 21), date(2026, 11, 19), True, id="on Saturday, as Friday had no batch"),
        pytest.param(FRIDAYS, date(2026, 11, 21), None, False, id="on Saturday, the first batch"),
        pytest.param(ENDS, date(2026, 11, 30), date(2026, 11, 29), True, id="a month of 30 days"),
        pytest.param(ENDS, date(2026, 10, 30), date(2026, 10, 29), False, id="a day before its end"),
        pytest.param(ENDS, date(2028, 2, 29), date(2028, 2, 28), True, id="a leap year"),
        pytest.param(ENDS, date(2027, 6, 2), date(2026, 11, 1), True, id="after half a year"),
    ],
)
def test_which_batches_pay_out(schedule: PayoutSchedule, day: date, before: date | None, *, pays_out: bool) -> None:
    assert schedule.pays_out(day, before) is pays_out


@pytest.mark.parametrize("anchor", [1, 15, 29, 30, 31])
def test_each_month_has_one_payout(anchor: int) -> None:
    schedule, day = PayoutSchedule(interval=Interval.MONTHLY, monthly_anchor=anchor), date(2026, 1, 1)
    days = [day + timedelta(days=number) for number in range(365)]
    assert sum(schedule.pays_out(each, each - timedelta(days=1)) for each in days) == 12
