"""`paysandbox metrics`: figures computed from the lines in CloudWatch."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.support.clients.program import paysandbox
from tests.support.fakes.insights import insights
from tests.support.worlds.deployed_account import Account, deployed

MINUTE_MS = 60_000


@pytest.fixture
def account() -> Iterator[Account]:
    with deployed("dev") as account, insights():
        yield account


def metrics(*words: str):
    return paysandbox("metrics", "--env", "dev", *words)


def said(status: int = 200, **fields: object) -> str:
    return json.dumps({"message": "request", "status": status, "duration_ms": 12.34, **fields})


def write(account: Account) -> None:
    now_ms = int(time.time() * 1000)
    authorize = account.deploy_function("authorize_payment")
    capture = account.deploy_function("capture_payment", log_group="a-name-that-was-generated")
    approved = said(route="authorize_payment", outcome="approved", cold_start=True)
    declined = said(route="authorize_payment", outcome="declined", duration_ms=5)
    account.write_log(authorize, "s1", {now_ms - MINUTE_MS: [approved, "START RequestId: 1", "{no json"]})
    account.write_log(authorize, "s2", {now_ms - 50 * MINUTE_MS: [declined]})
    account.write_log(capture, "s1", {now_ms - MINUTE_MS: [said(409, route="capture_payment", code="already_voided")]})


def test_table_of_routes_rates_and_failures(account: Account) -> None:
    write(account)
    shown = metrics()

    assert shown.exit_code == 0
    assert [line.rstrip() for line in shown.stdout.splitlines()] == [
        "3 requests to dev in 1 hour, 2 in the busiest second",
        "",
        "ROUTE              REQUESTS  PER S  P50 MS  P95 MS  P99 MS  4XX  5XX  COLD",
        "authorize_payment         2  0.001     5.0    12.3    12.3               1",
        "capture_payment           1  0.000    12.3    12.3    12.3    1",
        "all                       3  0.001    12.3    12.3    12.3    1          1",
        "",
        "approved    50.0% (1 of 2)",
        "replayed    0",
        "cold starts 1",
        "dashboard   0.67 USD a month on AWS, open 8 h on 22 days, active 10% of the time (modeled)",
        "",
        "STATUS  CODE            REQUESTS",
        "409     already_voided  1",
    ]


def test_json_has_the_same_figures(account: Account) -> None:
    write(account)
    facts = json.loads(metrics("--since", "5m", "--json").stdout)

    assert (
        facts.items()
        >= {
            "environment": "dev",
            "span_s": 300,
            "requests": 2,
            "per_s": 0.0067,
            "peak_per_s": 2,
            "approval": {"approved": 1, "declined": 0, "rate": 1.0},
            "replays": 0,
            "cold_starts": 1,
            "dashboard_tab_usd_per_month": 0.67,
            "failures": [{"status": 409, "code": "already_voided", "requests": 1}],
        }.items()
    )
    assert facts["routes"][1] == {
        "route": "capture_payment",
        "requests": 1,
        "per_s": 0.0033,
        "duration_ms": {"p50": 12.34, "p95": 12.34, "p99": 12.34},
        "4xx": 1,
        "5xx": 0,
        "cold_starts": 0,
    }


def test_the_requests_of_one_merchant(account: Account) -> None:
    authorize = account.deploy_function("authorize_payment")
    lines = [said(route="authorize_payment", merchant=name) for name in ("shop", "shop", "other")]
    account.write_log(authorize, "s1", {int(time.time() * 1000) - MINUTE_MS: lines})
    assert json.loads(metrics("--merchant", "shop", "--json").stdout)["requests"] == 2
    assert "No requests of nobody in the last 1 hour." in metrics("--merchant", "nobody").stderr


def test_no_requests_are_no_failure(account: Account) -> None:
    account.deploy_function("authorize_payment")

    shown = metrics("--since", "90s")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "No requests in the last 1 minute 30 seconds" in shown.words
    assert json.loads(metrics("--json").stdout)["approval"]["rate"] is None


@pytest.mark.parametrize("since", ["yesterday", "0s", "15", "-1h"])
def test_an_invalid_span_is_a_usage_error(since: str) -> None:
    shown = paysandbox("metrics", f"--since={since}")

    assert shown.exit_code == 2
    assert "not a duration" in shown.words


def test_an_environment_without_functions_says_so(account: Account) -> None:
    shown = metrics()

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "No function of dev is deployed in us-east-1" in shown.stderr
