"""GET /metrics: the merchant's feed, added up by time range."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws.runtime import wall_now
from paysandbox.core.record import replace
from paysandbox.feed import tables as feed_tables
from paysandbox.feed.entry import DeliveryAttempt, Event, Request
from paysandbox.feed.feed_table import put_entries
from paysandbox.metrics.routes import GET_METRICS
from paysandbox.metrics.schemas import Metrics
from tests.support.builders import build
from tests.support.clients.call import Reply, send

MINUTE = timedelta(minutes=1)

APPROVED = Request(
    method="POST", path="/payments/authorize", route="authorize_payment", status=200, outcome="approved", duration_ms=20
)
REFUSED = Request(
    method="POST", path="/payments/capture", route="capture_payment", status=409, outcome="refused",
    code="already_voided", duration_ms=5,
)  # fmt: skip
AUTHORIZED = Event(type="payment_authorized", object_id="auth_1")
DELIVERED = DeliveryAttempt(
    delivery_id="dlv_1", event_id="evt_1", event_type="payment_authorized", endpoint_id="we_1", url="https://a.example",
    attempt=1, latency_ms=40, status=200,
)  # fmt: skip


def record(*subjects: Request | Event | DeliveryAttempt, ago: timedelta = MINUTE, merchant: str = "demo") -> None:
    """Record entries in the feed some time ago, a second apart, each when it happened."""
    now = wall_now()
    for number, subject in enumerate(subjects):
        entry = build.feed_entry(number - int(ago.total_seconds()), merchant=merchant, at=now, subject=subject)
        put_entries(feed_tables.feed(), [entry], lambda at=entry.at: at)


def metrics(**query: str) -> dict[str, Any]:
    reply: Reply = send(GET_METRICS, query=query)
    assert reply.status == 200, reply.text
    Metrics.model_validate(reply.json)
    return reply.json


def counts(measures: dict[str, Any]) -> tuple[int, ...]:
    return tuple(measures[name] for name in ("requests", "events", "deliveries", "approved", "errors_4xx"))


def test_a_merchant_without_traffic() -> None:
    found = metrics()

    assert (found["range"], found["step_s"], len(found["buckets"])) == ("1h", 60, 61)
    assert found["stored_percent"] == 100
    assert found["from"] == found["complete_since"] == found["buckets"][0]["at"]
    assert (found["by_route"], found["by_code"], found["by_endpoint"]) == ([], [], [])
    assert found["totals"] == {
        "requests": 0, "per_s": 0.0, "peak_per_s": 0, "errors_4xx": 0, "errors_5xx": 0, "error_rate": None,
        "approved": 0, "declined": 0, "approval_rate": None, "p50_ms": None, "p95_ms": None, "p99_ms": None,
        "events": 0, "deliveries": 0, "delivery_failures": 0, "delivery_p95_ms": None, "cost_usd": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize("name, step_s, buckets", [("15m", 15, 61), ("1h", 60, 61), ("24h", 900, 97)])
def test_traffic_of_a_range(name: str, step_s: int, buckets: int) -> None:
    record(APPROVED, REFUSED, AUTHORIZED, DELIVERED)
    found = metrics(range=name)

    totals = found["totals"]
    assert (found["range"], found["step_s"], len(found["buckets"])) == (name, step_s, buckets)
    assert counts(totals) == (2, 1, 1, 1, 1)
    assert (totals["error_rate"], totals["approval_rate"]) == (0.5, 1.0)
    assert (totals["p50_ms"], totals["p95_ms"], totals["delivery_p95_ms"]) == (5, 20, 40)
    assert 0 < totals["cost_usd"] < 0.001
    assert counts(totals) == tuple(map(sum, zip(*map(counts, found["buckets"]), strict=True)))
    assert totals["cost_usd"] == pytest.approx(sum(bucket["cost_usd"] for bucket in found["buckets"]), abs=1e-6)
    assert found["by_route"] == [
        {"route": "authorize_payment", "requests": 1, "errors": 0, "p95_ms": 20},
        {"route": "capture_payment", "requests": 1, "errors": 1, "p95_ms": 5},
    ]
    assert found["by_code"] == [{"code": "already_voided", "count": 1}]


@pytest.mark.parametrize("name, requests", [("15m", 1), ("1h", 2), ("24h", 3)])
def test_entries_from_before_the_range_are_left_out(name: str, requests: int) -> None:
    for ago in (2 * MINUTE, 40 * MINUTE, 20 * 60 * MINUTE, (24 * 60 + 16) * MINUTE):
        record(APPROVED, ago=ago)
    assert metrics(range=name)["totals"]["requests"] == requests


def test_requests_are_estimated_where_a_share_is_stored(told: Callable[..., None]) -> None:
    told(request_log_sample_percent=5)
    record(APPROVED, REFUSED)
    found = metrics()

    assert (found["stored_percent"], found["totals"]["requests"], found["totals"]["errors_4xx"]) == (5, 21, 1)
    assert found["totals"]["error_rate"] == round(1 / 21, 4)
    assert [(one["route"], one["requests"]) for one in found["by_route"]] == [
        ("authorize_payment", 20),
        ("capture_payment", 1),
    ]


def test_other_merchants_are_left_out() -> None:
    record(APPROVED, merchant="globex")

    assert metrics()["totals"]["requests"] == 0


@pytest.mark.parametrize("query, code, param", [
    ({"range": "7d"}, "parameter_invalid", "range"),
    ({"range": ""}, "parameter_invalid", "range"),
    ({"limit": "5"}, "parameter_unknown", "limit"),
])  # fmt: skip
def test_an_invalid_query_is_refused(query: dict[str, str], code: str, param: str) -> None:
    reply = send(GET_METRICS, query=query)

    assert (reply.status, reply.json["code"], reply.json["param"]) == (400, code, param)


def test_attempts_are_counted_by_endpoint() -> None:
    """Every attempt counts, however many of them a delivery had."""
    failed = [replace(DELIVERED, attempt=number, status=500) for number in (1, 2, 3)]
    record(*failed, DELIVERED, replace(DELIVERED, endpoint_id="we_2"), ago=timedelta(hours=2))
    record(replace(DELIVERED, attempt=4))
    of_first, of_second = metrics(range="24h")["by_endpoint"]
    assert (of_first["endpoint_id"], of_first["deliveries"], of_first["delivery_failures"]) == ("we_1", 5, 3)
    assert [(bucket["deliveries"], bucket["delivery_failures"]) for bucket in of_first["buckets"]] == [(4, 3), (1, 0)]
    assert (of_second["endpoint_id"], of_second["deliveries"], of_second["delivery_failures"]) == ("we_2", 1, 0)
    assert metrics(range="15m")["by_endpoint"][0]["deliveries"] == 1
