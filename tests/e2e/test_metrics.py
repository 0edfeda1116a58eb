"""Metrics of a merchant's traffic on the deployed stacks, moments after it happened, and what a dashboard tab costs."""

from typing import Any

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import CARD, Api
from tests.support.clients.stripe_sdk_calls import Sdk, paid
from tests.support.fakes.receiver import receiver
from tests.support.tools.waiting import until

DECLINED = CARD | {"number": "4000000000000002"}
FILTER = {"range": "15m"}


def test_payments_events_and_deliveries_are_measured(api: Api, sdk: Sdk) -> None:
    with receiver() as shop:
        api.post("/webhooks/endpoints", {"url": shop.url, "events": ["*"]}).raise_for_status()
        held = api.authorize().raise_for_status().json()["auth_id"]
        api.capture(held).raise_for_status()
        paid(sdk)  # by the Stripe-compatible API
        api.authorize(card=DECLINED).raise_for_status()
        refused = api.authorize(tip=1)

        # Two payments were authorized and captured, one was declined, and the intent has an event of its own.
        def measured() -> Any:
            found = api.http.get("/metrics", params=FILTER).raise_for_status().json()
            totals = found["totals"]
            counts = (totals["approved"], totals["declined"], totals["errors_4xx"])
            return found if counts == (2, 1, 1) and totals["events"] == totals["deliveries"] >= 6 else None

        metrics = until(measured, "the metrics of all of it")

    assert refused.status_code == 400
    totals = metrics["totals"]
    assert totals["approval_rate"] == round(2 / 3, 4)
    assert totals["delivery_failures"] == 0
    assert 0 < totals["p50_ms"] <= totals["p95_ms"] <= totals["p99_ms"]
    assert 0 < totals["cost_usd"] < 0.01
    assert metrics["by_code"] == [{"code": "parameter_unknown", "count": 1}]
    by_route = {one["route"]: one["requests"] for one in metrics["by_route"]}
    assert by_route["authorize_payment"] == 3
    assert sum(by_route.values()) == totals["requests"] == sum(one["requests"] for one in metrics["buckets"])
    assert "get_metrics" not in by_route


def test_a_dashboard_tab_costs_less_than_a_dollar_a_month(sandbox: Sandbox) -> None:
    assert 0 < sandbox.json("metrics")["dashboard_tab_usd_per_month"] < 1
