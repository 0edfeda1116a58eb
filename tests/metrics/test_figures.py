"""Metrics of samples: counting rules, and the definition of a percentile."""

from dataclasses import replace
from typing import Any

import pytest

from paysandbox.metrics.figures import (
    BankResponse,
    DeliverySample,
    RequestSample,
    Traffic,
    by_code,
    by_route,
    by_status_and_code,
    figures,
    percentile,
    request_figures,
)

TWENTY = [float(value) for value in range(1, 21)]


@pytest.mark.parametrize("values, percent, ranked", [
    ([], 50, None),
    ([7.0], 50, 7.0),
    ([7.0], 99, 7.0),                  # one value is every percentile of itself
    ([1.0, 2.0], 50, 1.0),             # half of them do not exceed it: never something between two values
    ([1.0, 2.0], 51, 2.0),
    ([3.0, 1.0, 2.0], 50, 2.0),        # in any order
    (TWENTY, 50, 10.0),
    (TWENTY, 95, 19.0),                # exactly 19 of 20
    (TWENTY, 96, 20.0),
    (TWENTY, 99, 20.0),
    (TWENTY, 100, 20.0),
    (TWENTY, 1, 1.0),
])  # fmt: skip
def test_a_percentile_is_by_nearest_rank(values: list[float], percent: int, ranked: float | None) -> None:
    assert percentile(values, percent) == ranked


def request(at_ms: int = 0, status: int = 200, route: str = "capture_payment", **more: Any) -> RequestSample:
    return RequestSample(**{"at_ms": at_ms, "route": route, "status": status, "duration_ms": 10} | more)


SAMPLES = [
    request(1_000, duration_ms=90, cold_start=True),
    request(1_999),
    request(2_000, replayed=True),
    request(3_000, 400, "get_payment", code="id_invalid"),
    request(4_000, 402, "confirm_payment_intent", declined=True),
    request(5_000, 409, code="already_voided"),
    request(6_000, 409, code="already_voided"),
    request(7_000, 500, code="internal_error"),
    request(8_000, 0, "list_payments", duration_ms=None),   # a line of another version, without status and duration
]  # fmt: skip


ATTEMPTS = [(True, 20), (True, 40), (False, None)]
EVENTS = Traffic(
    bank_responses=[BankResponse(0, approved=True), BankResponse(1, approved=True), BankResponse(2, approved=False)],
    events_ms=[0, 1, 2, 3],
    deliveries=[DeliverySample(at_ms=0, succeeded=ok, latency_ms=latency) for ok, latency in ATTEMPTS],
)


def test_requests_are_counted_and_measured() -> None:
    found = request_figures("all", SAMPLES, 100)

    assert (found.requests, found.per_s, found.peak_per_s, found.seconds) == (9, 0.09, 2, 8)
    assert found.duration_ms == {50: 10, 95: 90, 99: 90}
    assert (found.replays, found.cold_starts) == (1, 1)


def test_declines_are_not_errors() -> None:
    found = request_figures("all", SAMPLES, 100)

    assert (found.failed_4xx, found.failed_5xx, found.failed, found.error_rate) == (3, 1, 4, 4 / 9)


def test_requests_by_route() -> None:
    assert [(one.name, one.requests, one.failed, one.duration_ms[95]) for one in by_route(SAMPLES, 100)] == [
        ("capture_payment", 6, 3, 90),
        ("confirm_payment_intent", 1, 0, 10),
        ("get_payment", 1, 1, 10),
        ("list_payments", 1, 0, None),
    ]


def test_errors_by_code_begin_with_the_most_frequent() -> None:
    assert by_code(SAMPLES) == [("already_voided", 2), ("id_invalid", 1), ("internal_error", 1)]
    assert by_status_and_code(SAMPLES) == {
        (400, "id_invalid"): 1,
        (409, "already_voided"): 2,
        (500, "internal_error"): 1,
    }


def test_an_error_without_a_code_is_counted() -> None:
    assert by_code([request(status=502)]) == [("-", 1)]


@pytest.mark.parametrize("percent, requests, error_rate", [
    (100, 9, 4 / 9),
    (50, 13, 4 / 13),      # five requests were declined or failed; the other four stand for eight
    (5, 85, 4 / 85),
    (0, 5, 4 / 5),         # successes are not stored
])  # fmt: skip
def test_requests_are_estimated_where_a_share_is_stored(percent: int, requests: int, error_rate: float) -> None:
    found = figures(Traffic(requests=SAMPLES, stored_percent=percent), 10).requests

    assert (found.requests, found.per_s, found.error_rate) == (requests, requests / 10, error_rate)
    assert sum(route.requests for route in by_route(SAMPLES, 10, stored_percent=percent)) == requests


@pytest.mark.parametrize("percent, counts", [(100, (2, 1, 4, 3, 1)), (5, (40, 20, 80, 41, 1)), (0, (0, 0, 0, 1, 1))])
def test_events_and_deliveries_are_estimated_too(percent: int, counts: tuple[int, ...]) -> None:
    found = figures(replace(EVENTS, stored_percent=percent), 60)

    assert (found.approved, found.declined, found.events, found.deliveries, found.delivery_failures) == counts


def test_rates_of_nothing_are_none() -> None:
    found = figures(Traffic(), 60)

    assert (found.requests.requests, found.requests.per_s, found.requests.peak_per_s) == (0, 0.0, 0)
    assert (found.requests.error_rate, found.approval_rate) == (None, None)
    assert {*found.requests.duration_ms.values(), *found.delivery_ms.values()} == {None}
    assert (by_route([], 60), by_code([])) == ((), [])


def test_bank_responses_events_and_deliveries() -> None:
    found = figures(EVENTS, 60)

    assert (found.approved, found.declined, found.approval_rate) == (2, 1, 2 / 3)
    assert (found.events, found.deliveries, found.delivery_failures) == (4, 3, 1)
    assert found.delivery_ms == {50: 20, 95: 40, 99: 40}
