"""Endpoint health from delivery attempts: the failure count, and when an endpoint is disabled."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from paysandbox.webhooks.delivery import Attempt
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause, Endpoint, Failing
from paysandbox.webhooks.endpoints.health import after_attempt, needs_disabled_event
from tests.support.builders.build import DAY, HOUR, MONDAY

FIVE_DAYS = 5 * DAY
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
WELL = Endpoint(
    id="we_1",
    merchant="demo",
    url="https://example.com/",
    events=("*",),
    created_at=MONDAY,
    listens_since=MONDAY,
    request_id="request-of-create",
)


def failing(failures: int, *, since: datetime = MONDAY, last_at: datetime = MONDAY) -> Endpoint:
    return replace(WELL, failing=Failing(since=since, failures=failures, last_at=last_at), unhealthy_since=last_at)


def attempt(status: int | None, *, at: datetime = MONDAY, latency_ms: int = 10) -> Attempt:
    return Attempt(
        number=1, at=at, latency_ms=latency_ms, request_headers={}, status=status, error=None if status else "timeout"
    )


def disabled(because: DisabledBecause, *, published: bool = False) -> Endpoint:
    return replace(WELL, disabled=Disabled(MONDAY, because, published=published))


@pytest.mark.parametrize(
    "before, made, changed",
    [
        (WELL, attempt(200), {}),
        (failing(3), attempt(204, at=MONDAY + HOUR), {"failing": None}),
        (WELL, attempt(200, latency_ms=2_001), {"unhealthy_since": MONDAY}),
        (WELL, attempt(200, latency_ms=2_000), {}),
        # Two slow answers within a minute are written once.
        (replace(WELL, unhealthy_since=MONDAY), attempt(200, at=MONDAY + 59 * SECOND, latency_ms=9_000), {}),
        (WELL, attempt(500), {"failing": Failing(since=MONDAY, failures=1, last_at=MONDAY), "unhealthy_since": MONDAY}),
        (WELL, attempt(302), {"failing": Failing(since=MONDAY, failures=1, last_at=MONDAY), "unhealthy_since": MONDAY}),
        (
            WELL,
            attempt(None),
            {"failing": Failing(since=MONDAY, failures=1, last_at=MONDAY), "unhealthy_since": MONDAY},
        ),
        (failing(1), attempt(500, at=MONDAY + 59 * SECOND), {}),
        (
            failing(1),
            attempt(500, at=MONDAY + MINUTE),
            {"failing": Failing(since=MONDAY, failures=2, last_at=MONDAY + MINUTE), "unhealthy_since": MONDAY + MINUTE},
        ),
        # A clock set back must not stop the count for days.
        (
            failing(1, last_at=MONDAY + DAY),
            attempt(500, at=MONDAY + HOUR),
            {"failing": Failing(since=MONDAY, failures=2, last_at=MONDAY + HOUR), "unhealthy_since": MONDAY + HOUR},
        ),
        (WELL, attempt(410), {"disabled": Disabled(MONDAY, DisabledBecause.GONE)}),
        (failing(1), attempt(410), {"disabled": Disabled(MONDAY, DisabledBecause.GONE)}),
    ],
)
def test_health_after_an_attempt(before: Endpoint, made: Attempt, changed: dict[str, Any]) -> None:
    assert after_attempt(before, made, FIVE_DAYS) == replace(before, **changed)


@pytest.mark.parametrize(
    "over_share, latency_ms, slow",
    [(False, 2_000, False), (False, 2_001, True), (True, 500, False), (True, 501, True), (True, 1_900, True)],
)
def test_an_endpoint_that_takes_more_than_its_share_is_slow(over_share: bool, latency_ms: int, slow: bool) -> None:
    after = after_attempt(WELL, attempt(200, latency_ms=latency_ms), FIVE_DAYS, over_share=over_share)
    assert after.is_unhealthy(MONDAY) is slow


@pytest.mark.parametrize(
    "failures, lasted, given_up",
    [
        (9, FIVE_DAYS, True),  # this one is the tenth
        (8, FIVE_DAYS, False),
        (9, FIVE_DAYS - SECOND, False),
        (1, 30 * DAY, False),
        (500, HOUR, False),
    ],
)
def test_long_enough_and_often_enough(failures: int, lasted: timedelta, given_up: bool) -> None:
    before = failing(failures, last_at=MONDAY)
    after = after_attempt(before, attempt(500, at=MONDAY + lasted), FIVE_DAYS)
    because = after.disabled.because if after.disabled else None
    assert because == (DisabledBecause.FAILING if given_up else None)


@pytest.mark.parametrize(
    "endpoint, published",
    [
        (WELL, False),
        (disabled(DisabledBecause.GONE), True),
        (disabled(DisabledBecause.FAILING), True),
        (disabled(DisabledBecause.FAILING, published=True), False),
        (disabled(DisabledBecause.REQUESTED), False),
    ],
)
def test_only_an_automatic_disabling_publishes_an_event(endpoint: Endpoint, published: bool) -> None:
    assert needs_disabled_event(endpoint) is published
