"""Clock moves on the deployed stacks: by the functions' clock, an authorization expires and a key becomes free.

All end-to-end tests share the sandbox, so each of these tests resets the clock, even on failure.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from paysandbox.core import ids
from paysandbox.payments.ledger.items import payment_item
from paysandbox.payments.payment import Payment
from tests.e2e.conftest import Sandbox
from tests.e2e.payments.test_challenge import challenge
from tests.support.builders import build
from tests.support.clients.api import Api
from tests.support.tools.waiting import until


@pytest.fixture
def advance(sandbox: Sandbox) -> Iterator[Callable[..., None]]:
    """Return a function that advances the clock. Teardown resets it to wall time."""
    try:
        yield lambda *words: sandbox.json("clock", "advance", *words)
    finally:
        assert sandbox.json("clock", "reset")["offset_s"] == 0


@pytest.mark.full
def test_challenges_are_abandoned_keys_expire_after_a_day_and_authorizations_after_seven(
    api: Api, advance: Callable[..., None]
) -> None:
    key = f"of the day {uuid.uuid4()}"
    first = api.authorize(10_00, key=key)
    assert api.authorize(20_00, key=key).status_code == 422
    challenged, url = challenge(api)

    advance("24h")
    until(lambda: api.payment(challenged)["status"] == "declined", "the end of the challenge", patience_s=60)
    abandoned = api.payment(challenged)
    assert (abandoned["decline_code"], abandoned["three_d_secure"]["result"]) == ("authentication_failed", "abandoned")
    assert httpx.post(url, data={"result": "succeeded"}).status_code == 409
    second = api.authorize(20_00, key=key)
    assert (second.status_code, "Idempotent-Replayed" in second.headers) == (200, False)
    assert second.json()["auth_id"] != first.json()["auth_id"]

    advance("23h")
    again = api.authorize(20_00, key=key)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (second.content, "true")
    old = first.json()["auth_id"]
    assert api.capture(old, amount=1_00).status_code == 200

    advance("6d1h")  # eight days in all for the first, seven for the second
    for expired in (old, second.json()["auth_id"]):
        answer = api.capture(expired)
        assert (answer.status_code, answer.json()["code"]) == (409, "authorization_expired")
    assert api.refund(old, amount=1_00).status_code == 200, "what was captured stays refundable"


@pytest.mark.full
def test_clock_can_be_set_and_survives_up(api: Api, sandbox: Sandbox, advance: Callable[..., None]) -> None:
    then = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
    advance("--to", then.isoformat())
    made = datetime.fromisoformat(api.authorize().json()["created_at"])
    assert timedelta(0) <= made - then < timedelta(minutes=5)

    sandbox.up()
    assert datetime.fromisoformat(api.authorize().json()["created_at"]) > then


@pytest.mark.full
def test_clock_is_moved_over_http_with_an_operators_key(api: Api, sandbox: Sandbox) -> None:
    """The first is the key that `up` made. A merchant's key is refused, and no other request sees two times."""
    (operator, *_) = [
        key for key in sandbox.json("keys", "list", "--show-secrets")["data"] if key["plan"] == "operator"
    ]
    clock = f"{sandbox.base_url}/sandbox/clock"
    refused = api.post("/sandbox/clock", {"advance_s": 3_600})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")

    with httpx.Client(headers={"X-Api-Key": operator["operator_key"]}, timeout=60) as client:
        assert client.get(f"{sandbox.base_url}/payments").status_code == 401, "it opens nothing else"
        assert client.get(clock).status_code == 401
        try:
            moved = client.post(clock, json={"advance_s": 8 * 86_400}).raise_for_status().json()
            assert (moved["offset_s"], moved["unfinished"]) == (8 * 86_400, [])
            assert sandbox.json("clock", "show")["offset_s"] == 8 * 86_400
            asked_at = datetime.now(UTC)
            now = datetime.fromisoformat(api.http.get("/sandbox/clock").raise_for_status().json()["now"])
            assert timedelta(days=8) <= now - asked_at < timedelta(days=8, minutes=5)
            assert datetime.fromisoformat(api.authorize().json()["created_at"]) >= now
        finally:
            assert client.post(clock, json={"reset": True}).raise_for_status().json()["offset_s"] == 0
    assert sandbox.json("clock", "show")["offset_s"] == 0


MANY = 4_000
BATCH = 25  # DynamoDB's limit per call
ADVANCED_WITHIN_S = 60
HEALTHY_WITHIN_S = 10


@pytest.mark.soak
def test_sandbox_responds_while_many_payments_expire(api: Api, sandbox: Sandbox, advance: Callable[..., None]) -> None:
    merchant = "test-clock-many"
    now = datetime.now(UTC) - timedelta(days=6)
    payment_ids = [ids.payment_id(merchant, f"{now} {number}") for number in range(MANY)]
    put(sandbox, [build.authorized(merchant=merchant, payment_id=payment_id, now=now) for payment_id in payment_ids])

    answered: list[tuple[int, float]] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            asked = time.monotonic()
            answered.append((httpx.get(f"{sandbox.base_url}/health", timeout=60).status_code, time.monotonic() - asked))
            ended.wait(0.2)

    with ThreadPoolExecutor(1) as beside:
        watching = beside.submit(watch)
        began = time.monotonic()
        try:
            advance("2d")
        finally:
            took_s = time.monotonic() - began
            ended.set()
        watching.result()

    assert took_s < ADVANCED_WITHIN_S
    assert {status for status, _ in answered} == {200}
    assert max(after_s for _, after_s in answered) < HEALTHY_WITHIN_S
    assert sandbox.json("audit")["sound"]


def put(sandbox: Sandbox, payments: list[Payment]) -> None:
    """Write payments to the table as if they had been authorized at their own times."""
    dynamodb, ledger = sandbox.target.client("dynamodb"), sandbox.target.outputs("data")["LedgerTable"]
    for start in range(0, len(payments), BATCH):
        items = [{"PutRequest": {"Item": payment_item(one)}} for one in payments[start : start + BATCH]]
        assert dynamodb.batch_write_item(RequestItems={ledger: items})["UnprocessedItems"] == {}
