"""The request log from an integrator's view: refused requests and their reasons, moments later."""

import time
from typing import Any

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import CARD, Api

DEADLINE_S = 30


def test_a_failed_request_is_logged_masked_with_its_reason(sandbox: Sandbox, api: Api) -> None:
    refused = api.post("/payments/authorize", {"card": CARD, "amount": 10_00, "tip": 1}, key="a refused one")
    request_id = refused.headers["Request-Id"]
    told = shown(api, request_id)
    assert refused.status_code == told["status"] == 400
    assert (told["route"], told["code"], told["param"]) == ("authorize_payment", "parameter_unknown", "tip")
    assert told["idempotency_key"] == "a refused one"
    assert '"number":"************4242"' in told["body"]
    assert CARD["number"] not in str(told)
    assert request_id in [
        one["request_id"] for one in api.http.get("/requests", params={"failed": "true"}).json()["data"]
    ]
    assert "Unknown parameter." in sandbox.run("logs", "--failed", "--request", request_id).stdout


def shown(api: Api, request_id: str) -> Any:
    """Wait for a request to appear in the log, and return it."""
    until = time.monotonic() + DEADLINE_S
    while True:
        answer = api.http.get(f"/requests/{request_id}")
        if answer.status_code == 200 or time.monotonic() > until:
            return answer.raise_for_status().json()
        time.sleep(0.2)
