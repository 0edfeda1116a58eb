"""Metrics of requests' log lines: how a line is read, and how lines are added up."""

from cli.request_log.figures import line_figures


def line(status: int = 200, route: str = "capture_payment", **fields: object) -> dict[str, object]:
    return {"route": route, "status": status, "duration_ms": 10.0, "cold_start": False, **fields}


def authorized(outcome: str, status: int = 200, **fields: object) -> dict[str, object]:
    return line(status, "authorize_payment", outcome=outcome, **fields)


LINES = [
    (1_000, authorized("approved", cold_start=True, duration_ms=90.0)),
    (1_400, authorized("approved")),
    (1_999, authorized("declined")),
    (2_000, authorized("approved", replayed=True)),
    (3_000, authorized("refused", status=400, code="amount_invalid")),
    (4_000, line(outcome="captured", duration_ms=20)),
    (5_000, line(409, code="already_voided")),
    (6_000, line(409, code="already_voided")),
    (7_000, line(500, code="internal_error")),
    (8_000, line(402, "confirm_payment_intent", outcome="declined")),
    (9_000, {"route": "list_payments"}),                   # a line of another version, with fewer fields
]  # fmt: skip


def test_figures_are_per_route() -> None:
    found = line_figures(LINES, span_s=100)

    assert [(route.name, route.requests, route.failed_4xx, route.failed_5xx) for route in found.routes] == [
        ("authorize_payment", 5, 1, 0),
        ("capture_payment", 4, 2, 1),
        ("confirm_payment_intent", 1, 0, 0),
        ("list_payments", 1, 0, 0),
    ]
    assert (found.every.requests.name, found.every.requests.requests, found.every.requests.per_s) == ("all", 11, 0.11)
    assert [dict(route.duration_ms) for route in found.routes] == [
        {50: 10.0, 95: 90.0, 99: 90.0},
        {50: 10.0, 95: 20.0, 99: 20.0},
        {50: 10.0, 95: 10.0, 99: 10.0},
        {50: None, 95: None, 99: None},
    ]


def test_approval_rate_counts_each_authorization_once() -> None:
    found = line_figures(LINES, span_s=100).every

    assert (found.approved, found.declined, found.approval_rate) == (2, 1, 2 / 3)
    assert (found.requests.replays, found.requests.cold_starts, found.requests.peak_per_s) == (1, 1, 3)


def test_declines_are_not_failures() -> None:
    assert line_figures(LINES, span_s=100).failures == {
        (400, "amount_invalid"): 1,
        (409, "already_voided"): 2,
        (500, "internal_error"): 1,
    }


def test_no_requests_have_no_rates() -> None:
    found = line_figures([], span_s=60)

    assert (found.every.requests.requests, found.every.requests.per_s, found.routes) == (0, 0.0, ())
    assert found.every.approval_rate is None
    assert set(found.every.requests.duration_ms.values()) == {None}
