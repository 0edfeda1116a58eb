"""Disbursements from outside, on the deployed stacks: a merchant, its funds, a slow provider, webhooks."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import achkit
import httpx
import pytest

from cli.connection.keys import list_keys
from paysandbox.donations import donation
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.fakes.receiver import receiver
from tests.support.tools.waiting import until

pytestmark = pytest.mark.timeout(180)

Json = dict[str, Any]

PATIENCE_S = 60
OPEN = ("pending", "processing")


@pytest.fixture
def advance(sandbox: Sandbox) -> Iterator[Callable[..., None]]:
    """Return a function that advances the clock. Teardown resets it to wall time."""
    try:
        yield lambda *words: sandbox.json("clock", "advance", *words)
    finally:
        assert sandbox.json("clock", "reset")["offset_s"] == 0


def fund(api: Api, amount: int, currency: str = "USD") -> int:
    """Add to the merchant's funds, and return the balance after it."""
    answer = api.http.post("/sandbox/fund", json={"amount": amount, "currency": currency})
    return answer.raise_for_status().json()["balance"]


def balance(api: Api, currency: str = "USD") -> int:
    data = api.http.get("/sandbox/fund").raise_for_status().json()["data"]
    return next((one["balance"] for one in data if one["currency"] == currency), 0)


def customer(api: Api, customer_id: str, email: str) -> str:
    body = {"customer_id": customer_id, "email": email}
    api.http.post("/v1/api/customer", json=body).raise_for_status()
    return customer_id


def pay(api: Api, customer_id: str, email: str, amount: str = "1250", **headers: str) -> Json:
    """Pay a customer. The amount is written as a JSON number, exactly as it stands."""
    text = f'{{"customer_id": "{customer_id}", "email": "{email}", "amount": {amount}, "currency": "USD"}}'
    named = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    answer = api.http.post("/v1/api/payment", content=text, headers=named)
    assert answer.status_code == 202, answer.text
    return answer.json()


def show(api: Api, made: Json) -> Json:
    path = f"/v1/api/payment/{made['customer_id']}/{made['payment_id']}"
    return api.http.get(path).raise_for_status().json()


def ended(api: Api, made: Json, *statuses: str) -> Json:
    """Wait until the disbursement has one of these statuses, and return it."""
    return until(
        lambda: one if (one := show(api, made))["status"] in statuses else None,
        f"{made['payment_id']} {' or '.join(statuses)}",
        patience_s=PATIENCE_S,
    )


def test_a_customer_is_paid_and_the_merchant_gets_webhooks(api: Api, sandbox: Sandbox) -> None:
    with receiver(answers=[200]) as shop:
        api.post("/webhooks/endpoints", {"url": shop.url, "events": ["disbursement_paid"]}).raise_for_status()
        before = fund(api, 50_00)
        customer_id = customer(api, "unixuser1", "jane@example.com")
        made = pay(api, customer_id, "jane@example.com")
        assert made["status"] == "pending"
        paid = ended(api, made, "paid")
        assert [entry["status"] for entry in paid["trail"]] == ["pending", "processing", "paid"]
        assert paid["reference"]
        assert balance(api) == before - 12_50
        [event] = until(lambda: shop.received[:1] or None, "the event", patience_s=PATIENCE_S)
        assert made["payment_id"].encode() in event.body
    assert sandbox.json("audit")["sound"] is True


@pytest.mark.full
def test_prefer_wait_returns_the_final_status(api: Api) -> None:
    fund(api, 20_00)
    customer_id = customer(api, "waiting", "waiting@example.com")
    made = pay(api, customer_id, "waiting@example.com", Prefer="wait=20")
    assert made["status"] not in OPEN


def test_the_same_key_pays_once(api: Api) -> None:
    fund(api, 50_00)
    customer_id = customer(api, "once", "once@example.com")
    before = balance(api)
    made = [pay(api, customer_id, "once@example.com", Idempotency_Key="pay-once") for _ in range(3)]
    assert len({one["payment_id"] for one in made}) == 1
    assert balance(api) == before - 12_50
    without = {pay(api, customer_id, "once@example.com", "100")["payment_id"] for _ in range(2)}
    assert len(without) == 2, "without a key, two requests are two disbursements"


def test_fifty_at_once_spend_no_more_than_the_funds(new_merchant: Callable[[str], Api]) -> None:
    with new_merchant("fifty-at-once") as api:
        fund(api, 100_00)
        customer_id = customer(api, "crowd", "crowd@example.com")
        body = {"customer_id": customer_id, "email": "crowd@example.com", "amount": 10_00, "currency": "USD"}
        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda _: api.http.post("/v1/api/payment", json=body), range(50)))
        statuses = [answer.status_code for answer in answers]
        assert (statuses.count(202), statuses.count(402)) == (10, 40), statuses
        assert balance(api) == 0


def assert_reconciled(sandbox: Sandbox, folder: Path, day: str) -> None:
    """The bank's statement of a day agrees with the records, and a planted break is found."""
    file = folder / "bank.csv"
    written = sandbox.json("disbursements", "statement", "--date", day, "--method", "ach", "-o", str(file))
    found = sandbox.json("disbursements", "reconcile", str(file))
    assert (written["lines"] > 0, found["sound"], found["provider"]) == (True, True, "ach"), found
    text = file.read_text()
    assert "returned,R03" in text
    file.write_text(text.replace("returned,R03", "returned,R02", 1))
    done = sandbox.run("disbursements", "reconcile", str(file), "--json", check=False)
    [difference] = json.loads(done.stdout)["differences"]
    assert (difference["type"], difference["detail"]) == ("code_mismatch", "R02 in the file, R03 in the sandbox")


@pytest.mark.full
def test_a_disbursement_by_ach_is_paid_and_returned(
    api: Api, sandbox: Sandbox, advance: Callable[..., None], tmp_path: Path
) -> None:
    """Its file is closed at the cut-off, settles on the same banking day, and the bank returns it two days later."""
    before = fund(api, 20_00)
    account = {
        "routing_number": "110000000",
        "account_number": "000111111116",
        "account_type": "checking",
        "account_holder_name": "Zoë Doe",
    }
    body = {"customer_id": "by-ach", "email": "zoe@example.com"}
    api.http.post("/v1/api/customer", json={**body, "bank_account": account}).raise_for_status()
    body |= {"amount": 12_50, "currency": "USD", "payment_method": "ach"}
    answer = api.http.post("/v1/api/payment", json=body)
    assert answer.status_code == 202, answer.text
    made = answer.json()
    assert (made["status"], made["last4"]) == ("pending", "1116")
    collected = until(
        lambda: one if "effective_date" in (one := show(api, made)) else None, "its file", patience_s=PATIENCE_S
    )
    advance("--to", f"{collected['effective_date']}T23:30:00Z")
    ended(api, made, "paid")
    assert balance(api) == before - 12_50
    s3 = sandbox.target.client("s3")
    (bucket,) = (one["Name"] for one in s3.list_buckets()["Buckets"] if one["Name"].startswith("paysandbox-local-"))
    file = s3.get_object(Bucket=bucket, Key=f"ach/out/{collected['reference']}.ach")["Body"].read().decode()
    assert achkit.validate(file) == {"ok": True, "errors": []}
    assert "000111111116" in file
    back = datetime.fromisoformat(collected["administrative_returns_expected_by"]) + timedelta(minutes=1)
    advance("--to", f"{back:%Y-%m-%dT%H:%M:%SZ}")
    returned = ended(api, made, "returned")
    assert (returned["code"], len(returned["trace_number"])) == ("R03", 15)
    assert_reconciled(sandbox, tmp_path, collected["effective_date"])
    advance("1d")
    assert [entry["status"] for entry in show(api, made)["trail"]] == ["pending", "processing", "paid", "returned"]
    assert balance(api) == before
    assert sandbox.json("audit")["sound"] is True


def connected_account(sandbox: Sandbox, number: str) -> str:
    """Create a connected account of the platform that pays, with a bank account of this number."""
    form = {
        "type": "custom",
        "capabilities[transfers][requested]": "true",
        "external_account[object]": "bank_account",
        "external_account[country]": "US",
        "external_account[currency]": "usd",
        "external_account[routing_number]": "110000000",
        "external_account[account_number]": number,
    }
    headers = {"Authorization": f"Bearer {platform_key(sandbox)}"}
    answer = httpx.post(f"{sandbox.target.base_url}/v1/accounts", data=form, headers=headers, timeout=PATIENCE_S)
    return answer.raise_for_status().json()["id"]


def platform_key(sandbox: Sandbox) -> str:
    return next(key.api_key for key in list_keys(sandbox.target) if key.merchant == donation.MERCHANT)


def pay_by_stripe(api: Api, customer_id: str, account: str) -> Json:
    """Create a customer with a connected account, and pay 12.50 USD."""
    body = {"customer_id": customer_id, "email": "zoe@example.com"}
    api.http.post("/v1/api/customer", json={**body, "stripe_account": account}).raise_for_status()
    body |= {"amount": 12_50, "currency": "USD", "payment_method": "stripe"}
    answer = api.http.post("/v1/api/payment", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()


@pytest.mark.full
def test_disbursements_by_stripe_are_paid_and_fail(
    api: Api, sandbox: Sandbox, advance: Callable[..., None], tmp_path: Path
) -> None:
    """Each is a transfer and a payout at the sandbox's own /v1. One fails at the bank, and its transfer is reversed."""
    before = fund(api, 50_00)
    good, bad = connected_account(sandbox, "000123456789"), connected_account(sandbox, "000111111113")
    paid, failed = pay_by_stripe(api, "by-stripe", good), pay_by_stripe(api, "by-stripe-closed", bad)
    known = [
        until(
            lambda one=one: found if "payout" in (found := show(api, one)) else None,
            "its payout",
            patience_s=PATIENCE_S,
        )
        for one in (paid, failed)
    ]
    assert [(one["reference"][:3], one["payout"][:3]) for one in known] == [("tr_", "po_")] * 2
    advance("1d")
    assert ended(api, failed, "failed")["code"] == "ACCOUNT_CLOSED"
    advance("3d")
    ended(api, paid, "paid")
    assert balance(api) == before - 12_50
    day, file = paid["created_at"][:10], tmp_path / "stripe.csv"
    written = sandbox.json("disbursements", "statement", "--date", day, "--method", "stripe", "-o", str(file))
    found = sandbox.json("disbursements", "reconcile", str(file))
    assert (written["lines"] >= 2, found["sound"], found["provider"]) == (True, True, "stripe"), found
    listed = api.http.get("/v1/api/payment", params={"payment_method": "stripe"}).raise_for_status().json()["data"]
    assert {one["payment_id"] for one in listed} == {paid["payment_id"], failed["payment_id"]}
    assert sandbox.json("audit")["sound"] is True


@pytest.mark.full
def test_unpaid_money_is_returned(api: Api) -> None:
    before = fund(api, 20_00)
    customer_id = customer(api, "refused", "failed@example.com")
    failed = ended(api, pay(api, customer_id, "failed@example.com"), "failed")
    assert failed["code"]
    assert balance(api) == before


@pytest.mark.full
def test_after_thirty_days_an_unclaimed_one_is_returned_and_an_unknown_outcome_requires_attention(
    api: Api, sandbox: Sandbox, advance: Callable[..., None]
) -> None:
    before = fund(api, 40_00)
    unclaimed = pay(api, customer(api, "newcomer", "unclaimed@example.com"), "unclaimed@example.com")
    unknown = pay(api, customer(api, "silence", "never@example.com"), "never@example.com")
    ended(api, unclaimed, "unclaimed")
    ended(api, unknown, "processing")
    api.http.post(f"/sandbox/simulate/{unknown['payment_id']}/stall").raise_for_status()
    assert balance(api) == before - 2 * 12_50
    advance("30d1h")
    ended(api, unclaimed, "returned")
    ended(api, unknown, "requires_attention")
    sandbox.run("disbursements", "resolve", unknown["payment_id"], "failed", "--yes")
    ended(api, unknown, "failed")
    assert balance(api) == before
    assert sandbox.json("audit")["sound"] is True


def test_other_merchants_see_nothing_of_it(api: Api, new_merchant: Callable[[str], Api]) -> None:
    fund(api, 20_00)
    customer_id = customer(api, "private", "private@example.com")
    made = pay(api, customer_id, "private@example.com")
    with new_merchant("somebody-else") as other:
        assert other.http.get(f"/v1/api/customer/{customer_id}").status_code == 404
        assert other.http.get(f"/v1/api/payment/{customer_id}").json()["data"] == []
        path = f"/v1/api/payment/{customer_id}/{made['payment_id']}"
        assert other.http.get(path).status_code == 404
        assert other.http.post(f"{path}/cancel").status_code == 404
