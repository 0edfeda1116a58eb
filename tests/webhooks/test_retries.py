"""When a delivery is retried: the schedule, the receiver's Retry-After, and where the delivery waits until then."""

from datetime import datetime, timedelta

import pytest

from paysandbox.webhooks.delivery import (
    Attempt,
    Delivery,
    DeliveryStatus,
    is_for_sweep,
    next_delay,
    retry_after,
    waits_in_queue,
)
from tests.support.builders.build import DAY, HOUR, MONDAY

SCHEDULE = (5, 300, 1_800)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
PLANNED = Delivery(
    id="wd_1",
    merchant="demo",
    endpoint_id="we_1",
    event_id="evt_1",
    event_type="payment_captured",
    event_at=MONDAY,
    generation=1,
)


def delivery(
    due_at: datetime | None,
    *,
    tried_at: datetime | None = None,
    tries: int = 1,
    status: DeliveryStatus = DeliveryStatus.PENDING,
) -> Delivery:
    attempts = (Attempt(number=1, at=tried_at, latency_ms=10, request_headers={}, status=500),) if tried_at else ()
    return Delivery(
        id="wd_1",
        merchant="demo",
        endpoint_id="we_1",
        event_id="evt_1",
        event_type="payment_captured",
        event_at=MONDAY,
        generation=1,
        status=status,
        attempts=attempts,
        tries=tries,
        due_at=due_at,
    )


@pytest.mark.parametrize(
    "tries, asked, least",
    [
        (1, None, 5 * SECOND),
        (2, None, 300 * SECOND),
        (3, None, 1_800 * SECOND),
        (4, None, None),
        (4, HOUR, None),  # no retry after the last attempt
        (1, MINUTE, MINUTE),
        (2, SECOND, 300 * SECOND),  # never earlier than the schedule
        (1, 9 * DAY, DAY),
        (1, timedelta(0), 5 * SECOND),
    ],
)
def test_the_delay_is_the_schedules_or_longer(tries: int, asked: timedelta | None, least: timedelta | None) -> None:
    for number in range(50):
        delay = next_delay(f"wd_{number}", tries, SCHEDULE, asked)
        assert delay == next_delay(f"wd_{number}", tries, SCHEDULE, asked), "the jitter is the same when asked again"
        if least is None:
            assert delay is None
        else:
            assert delay is not None
            assert least <= delay <= least * 1.1


def test_retries_are_spread_over_time() -> None:
    assert len({next_delay(f"wd_{number}", 2, SCHEDULE) for number in range(50)}) > 40


@pytest.mark.parametrize(
    "value, asked",
    [
        (None, None),
        ("120", 120 * SECOND),
        (" 120 ", 120 * SECOND),
        ("0", timedelta(0)),
        ("99999999999999999999", DAY),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("\u0661\u0662", None),
        ("Mon, 16 Nov 2026 09:31:00 GMT", MINUTE),
        ("Mon, 16 Nov 2026 09:29:00 GMT", timedelta(0)),
        ("Mon, 16 Nov 2026 09:31:00", MINUTE),
        ("Mon, 99 Nov 2026 09:31:00 GMT", None),
    ],
)
def test_retry_after_in_both_its_forms(value: str | None, asked: timedelta | None) -> None:
    assert retry_after(value, MONDAY) == asked


@pytest.mark.parametrize(
    "tries, delay, queued",
    [(1, 5 * SECOND, True), (1, 59 * SECOND, True), (1, MINUTE, False), (8, SECOND, True), (9, SECOND, False)],
)
def test_a_queue_holds_steps_due_within_a_minute(tries: int, delay: timedelta, queued: bool) -> None:
    """But not for ever: Lambda stops a function that feeds its own queue after 16 rounds."""
    assert waits_in_queue(tries, delay) is queued


@pytest.mark.parametrize(
    "waiting, due",
    [
        (PLANNED, False),
        (delivery(MONDAY), True),
        (delivery(MONDAY + SECOND), False),
        (delivery(MONDAY, status=DeliveryStatus.DELIVERED), False),
        (delivery(MONDAY, tried_at=MONDAY - HOUR), True),
        # A queue holds it; if its message was lost, it counts as unqueued half a minute later.
        (delivery(MONDAY, tried_at=MONDAY - 5 * SECOND), False),
        (delivery(MONDAY - 30 * SECOND, tried_at=MONDAY - 35 * SECOND), True),
        (delivery(MONDAY, tried_at=MONDAY - 5 * SECOND, tries=9), True),
    ],
)
def test_the_sweep_takes_due_deliveries_that_are_not_queued(waiting: Delivery, due: bool) -> None:
    assert is_for_sweep(waiting, MONDAY) is due
