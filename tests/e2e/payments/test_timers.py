"""What falls due on a payment, on the deployed stacks: by the stream, the queue and the sweep, without a request."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api

SOON_S = 4
LATE_S = 5
"""How late a step may be that falls due within minutes. A first invocation on a busy machine takes some seconds."""


@pytest.fixture
def own_api(own_sandbox: Sandbox) -> Iterator[Api]:
    """Provide an API client for a merchant of this file's own sandbox."""
    made = own_sandbox.json("keys", "create", "--merchant", "timers", "--plan", "load")
    with Api(own_sandbox.base_url, made["api_key"]) as it:
        yield it


def authorize(api: Api, outcome: str) -> str:
    answer = api.authorize(10_00, metadata={"sandbox_outcome": outcome}).raise_for_status()
    return answer.json()["auth_id"]


def until(api: Api, auth_id: str, status: str, *, within_s: float) -> dict[str, Any]:
    deadline = time.monotonic() + within_s
    while (found := api.payment(auth_id))["status"] != status and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found["status"] == status, found
    return found


@pytest.mark.full
def test_a_bank_answers_automatically_on_the_second(api: Api, sandbox: Sandbox) -> None:
    warm_up = authorize(api, "pending:1:approve")
    until(api, warm_up, "approved", within_s=60)
    auth_id = authorize(api, f"pending:{SOON_S}:approve")
    assert api.payment(auth_id)["status"] == "processing"
    until(api, auth_id, "approved", within_s=SOON_S + LATE_S)
    asked, answered = (datetime.fromisoformat(one["at"]) for one in trail(sandbox, auth_id))
    assert (answered - asked) == timedelta(seconds=SOON_S), "the time at which it was due"


@pytest.mark.full
def test_130_days_pass_in_the_order_of_time(own_api: Api, own_sandbox: Sandbox) -> None:
    """One advance: answers after a day, a hold that the bank reverses two days later, and one that ends after seven."""
    reversed_, expired = (
        authorize(own_api, outcome) for outcome in ("pending:86400:approve,reverse:172800", "pending:86400:approve")
    )
    own_sandbox.run("clock", "advance", "130d")
    until(own_api, reversed_, "reversed", within_s=60)
    until(own_api, expired, "expired", within_s=60)
    for auth_id, days in ((reversed_, [0, 1, 3]), (expired, [0, 1])):
        asked, *later = (datetime.fromisoformat(one["at"]) for one in trail(own_sandbox, auth_id))
        assert [(at - asked).days for at in (asked, *later)][: len(days)] == days
    assert own_sandbox.json("audit")["sound"] is True


def trail(sandbox: Sandbox, auth_id: str) -> list[dict[str, str]]:
    operations: list[dict[str, str]] = sandbox.json("audit", "--trail", auth_id)["operations"]
    return operations
