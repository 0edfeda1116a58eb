"""The first clients after a start, when every function is cold: all get answers, and a stop loses no log of them."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.e2e.conftest import Sandbox
from tests.support.api import CARD
from tests.support.tiers import full_but
from tests.support.waiting import until

WORKERS_S = 120


def workers(sandbox: Sandbox) -> list[str]:
    """Return the functions that have a worker's folder, one entry per worker."""
    folders = (sandbox.home / "tmp").glob("ministack-lambda-paysandbox-local-*")
    return [folder.name.removeprefix("ministack-lambda-paysandbox-local-").rpartition("-")[0] for folder in folders]


@pytest.mark.full
@pytest.mark.parametrize("connections", full_but([1, 32], keep=lambda connections: connections == 32))
def test_clients_right_after_a_start_get_responses(sandbox: Sandbox, connections: int) -> None:
    key = sandbox.json("keys", "create", "--merchant", f"first-{connections}", "--plan", "load")["api_key"]
    sandbox.run("down")
    sandbox.up()
    with httpx.Client(base_url=sandbox.base_url, headers={"X-Api-Key": key}, timeout=WORKERS_S) as http:

        def pay(number: int) -> int:
            headers = {"X-Idempotency-Key": f"first-{number}-{uuid.uuid4()}"}
            return http.post("/payments/authorize", headers=headers, json={"card": CARD, "amount": 100}).status_code

        with ThreadPoolExecutor(connections) as clients:
            statuses = list(clients.map(pay, range(200)))
        assert set(statuses) == {200}

        def stored() -> bool:
            page = http.get("/requests", params={"limit": 100}).json()["data"]
            return len(page) == 100

        until(stored, "the log of requests")
        # One worker writes the log of all functions; the others are limited to the number of the machine's cores.
        assert workers(sandbox).count("store_requests") == 1

    # No log is lost: the last request before a stop is found after it.
    with httpx.Client(base_url=sandbox.base_url, headers={"X-Api-Key": key}, timeout=WORKERS_S) as http:
        refused = http.post("/payments/authorize", headers={"X-Idempotency-Key": "last"}, json={"amount": -1})
        request_id = refused.json()["request_id"]
        sandbox.run("down")
        sandbox.up()
        until(lambda: http.get(f"/requests/{request_id}").status_code == 200, "the last request before the stop")
