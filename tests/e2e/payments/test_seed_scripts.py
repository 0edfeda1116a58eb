"""The prototype's script and events (folder seed), sent to the deployed sandbox without any idempotency key.

The files have the names that the prototype's README lists. They were written for this repository: only the README is
known.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from paysandbox.core.ids import is_disbursement_id
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.tools.waiting import until

SEED = Path(__file__).with_name("seed")
PATIENCE_S = 60


@pytest.fixture(scope="module", autouse=True)
def funded(api: Api) -> None:
    """Money must be there: the only difference from the prototype."""
    api.http.post("/sandbox/fund", json={"amount": 100_00, "currency": "USD"}).raise_for_status()


def sent(api: Api, name: str) -> httpx.Response:
    """Send the request that a Lambda event of the prototype describes."""
    event = json.loads((SEED / name).read_text())
    assert not any("idempotency" in header.lower() for header in event["headers"])
    return api.http.request(event["httpMethod"], event["path"], headers=event["headers"], content=event["body"])


def paid(api: Api, customer_id: str, payment_id: str) -> Any:
    """Wait until a payment is paid, and return it."""
    path = f"/v1/api/payment/{customer_id}/{payment_id}"
    return until(
        lambda: one if (one := api.http.get(path).raise_for_status().json())["status"] == "paid" else None,
        f"{payment_id} is paid",
        patience_s=PATIENCE_S,
    )


@pytest.mark.full
def test_the_script_runs(api: Api, sandbox: Sandbox) -> None:
    variables = {"PAYSANDBOX_BASE_URL": sandbox.base_url, "PAYSANDBOX_API_KEY": api.api_key}
    script = SEED / "curl_test.sh"
    assert "idempotency-key" not in script.read_text().lower()
    done = subprocess.run(
        ["bash", str(script)], env=os.environ | variables, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    added, shown, payment, payments = map(json.loads, done.stdout.splitlines())
    assert (added["customer_id"], added["email"]) == ("unixuser1", "unixuser1@example.com")
    assert shown == added
    assert is_disbursement_id(payment["payment_id"])
    assert (payment["amount"], payment["currency"], payment["payment_method"]) == (10_50, "USD", "paypal")
    assert [one["payment_id"] for one in payments["data"]] == [payment["payment_id"]]
    paid(api, "unixuser1", payment["payment_id"])


def test_the_events_are_answered(api: Api) -> None:
    added = sent(api, "addCustomerTest.json")
    assert (added.status_code, added.json()["customer_id"]) == (200, "unixuser2")
    shown = sent(api, "getCustomerTest.json")
    assert (shown.status_code, shown.json()) == (200, added.json())
    payment = sent(api, "payCustomerTest.json")
    assert (payment.status_code, payment.json()["amount"]) == (202, 20_25)
    paid(api, "unixuser2", payment.json()["payment_id"])


def test_without_a_key_the_same_payment_pays_again(api: Api) -> None:
    sent(api, "addCustomerTest.json").raise_for_status()
    first, second = (sent(api, "payCustomerTest.json").json()["payment_id"] for _ in range(2))
    assert first != second
