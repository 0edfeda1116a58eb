"""The balance and its transactions, over the deployed stacks: they add up before and after a settlement."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api

pytestmark = pytest.mark.timeout(180)

PATIENCE_S = 30


def balance(api: Api) -> dict[str, tuple[int, int]]:
    """Return what is pending and available, by currency."""
    body = api.http.get("/balance").raise_for_status().json()
    return {part["currency"]: (part["pending"], part["available"]) for part in body["data"]}


def listed(api: Api, **query: Any) -> list[dict[str, Any]]:
    """Return the transactions on all pages of two."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        params = {"limit": 2, **query} | ({"cursor": cursor} if cursor else {})
        page = api.http.get("/balance/transactions", params=params).raise_for_status().json()
        found += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def sums(api: Api) -> tuple[int, int]:
    """Return the nets of the pending and of the available transactions in USD."""
    every = listed(api, currency="USD")
    pending, available = (
        sum(one["net"] for one in every if one["status"] == status) for status in ("pending", "available")
    )
    return pending, available


def until(wanted: Callable[[], bool]) -> None:
    """Wait for the stream's reader."""
    deadline = time.monotonic() + PATIENCE_S
    while not wanted():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_transactions_add_up_to_the_balance_before_and_after_a_settlement(api: Api, sandbox: Sandbox) -> None:
    captures = [
        api.capture(api.authorize(amount).json()["auth_id"]).json()["transaction_id"] for amount in (10_00, 20_00)
    ]
    refund = api.refund(captures[0], amount=1_00).json()["transaction_id"]
    until(lambda: len(listed(api)) == 3)
    assert [one["id"] for one in listed(api)] == [refund, *captures[::-1]]
    assert balance(api)["USD"] == sums(api) == (27_53, 0)

    sandbox.run("settlements", "run", "--now", "--wait")
    until(lambda: listed(api, type="payout") != [] and sums(api)[0] == 0)
    payout, *others = listed(api)
    assert (payout["type"], payout["net"]) == ("payout", -27_53)
    assert {one["status"] for one in others} == {"available"}
    assert balance(api)["USD"] == sums(api) == (0, 0)

    api.http.post("/sandbox/fund", json={"amount": 5_00, "currency": "USD"}).raise_for_status()
    api.refund(captures[1], amount=2_00)
    until(lambda: len(listed(api)) == 6)
    assert balance(api)["USD"] == sums(api) == (-2_00, 5_00)

    payment_id = others[0]["payment_id"]
    assert [one["id"] for one in listed(api, payment_id=payment_id)] == [refund, captures[0]]
    refused = api.http.get("/balance/transactions", params={"payment_id": "ch_1"})
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["param"]) == (400, "parameter_invalid", "payment_id")
    assert problem["request_id"] == refused.headers["Request-Id"]
