"""Figures computed from request lines: counting rules, and the definition of a percentile."""

import pytest

from cli.request_log.figures import figures, percentile

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


def said(status: int = 200, route: str = "capture_payment", **fields: object) -> dict[str, object]:
    return {"route": route, "status": status, "duration_ms": 10.0, "cold_start": False, **fields}


def asked(outcome: str, status: int = 200, **fields: object) -> dict[str, object]:
    return said(status, "authorize_payment", outcome=outcome, **fields)


LINES = [
    (1_000, asked("approved", cold_start=True, duration_ms=90.0)),
    (1_400, asked("approved")),
    (1_999, asked("declined")),
    (2_000, asked("approved", replayed=True)),
    (3_000, asked("refused", status=400, code="amount_invalid")),
    (4_000, said(outcome="captured", duration_ms=20)),
    (5_000, said(409, code="already_voided")),
    (6_000, said(409, code="already_voided")),
    (7_000, said(500, code="internal_error")),
    (8_000, {"route": "list_payments"}),                   # a line of another version, which tells less
]  # fmt: skip


def test_figures_are_per_route() -> None:
    found = figures(LINES, span_s=100)

    assert [(route.name, route.requests, route.failed_4xx, route.failed_5xx) for route in found.routes] == [
        ("authorize_payment", 5, 1, 0),
        ("capture_payment", 4, 2, 1),
        ("list_payments", 1, 0, 0),
    ]
    assert (found.every.name, found.every.requests, found.every.per_s) == ("all", 10, 0.1)
    assert [dict(route.duration_ms) for route in found.routes] == [
        {50: 10.0, 95: 90.0, 99: 90.0},
        {50: 10.0, 95: 20.0, 99: 20.0},
        {50: None, 95: None, 99: None},
    ]


def test_approval_rate_counts_each_authorization_once() -> None:
    found = figures(LINES, span_s=100)

    assert (found.approved, found.declined, found.approval_rate) == (2, 1, 2 / 3)
    assert (found.replays, found.every.cold_starts, found.peak_per_s) == (1, 1, 3)


def test_declines_are_not_failures() -> None:
    assert figures(LINES, span_s=100).failures == {
        (400, "amount_invalid"): 1,
        (409, "already_voided"): 2,
        (500, "internal_error"): 1,
    }


def test_no_requests_have_no_rates() -> None:
    found = figures([], span_s=60)

    assert (found.every.requests, found.every.per_s, found.peak_per_s, found.routes) == (0, 0.0, 0, ())
    assert found.approval_rate is None
    assert set(found.every.duration_ms.values()) == {None}
