"""The simulator of PayPal: its API, its payouts, which survive the engine, and its webhooks."""

import asyncio
import base64
import json
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from engine.home_files import PAYPAL_FOLDER_NAME
from engine.paypal import account
from engine.paypal.api import ApiAnswer, ApiRequest, PaypalApi
from engine.paypal.app import PaypalSimulator
from engine.paypal.payouts import Payouts
from engine.paypal.webhooks import Webhooks
from engine.wall.wall import PAYPAL_PREFIX
from paysandbox.disbursements.paypal.messages import CERTIFICATES_PATH, ITEMS_PATH, PAYOUTS_PATH, TOKEN_PATH
from tests.support.fakes.paypal_server import simulated_account
from tests.support.fakes.receiver import Received, receiver

DAY_S: Final = 86_400
NOON: Final = 1_763_985_600.0


class Clock:
    """The sandbox's clock."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(tmp_path: Path, clock: Clock) -> PaypalApi:
    return PaypalApi(
        account=simulated_account(),
        payouts=Payouts(tmp_path / PAYPAL_FOLDER_NAME),
        base_url="http://127.0.0.1:4610/_paypal",
        now=clock,
        outcome_after_s=2,
    )


def body(sender_batch_id: str = "batch-1", email: str = "jane@example.com", value: str = "12.50") -> dict[str, Any]:
    item = {
        "recipient_type": "EMAIL",
        "receiver": email,
        "sender_item_id": "item-1",
        "amount": {"value": value, "currency": "USD"},
    }
    return {"sender_batch_header": {"sender_batch_id": sender_batch_id}, "items": [item]}


def ask(api: PaypalApi, method: str, path: str, content: Any = None, token: str | None = None) -> ApiAnswer:
    headers = {"authorization": f"Bearer {token or api.token()}"}
    sent = content if isinstance(content, bytes) else json.dumps(content).encode() if content is not None else b""
    return api.answer(ApiRequest(method=method, path=path, body=sent, headers=headers))


def create(api: PaypalApi, content: Any = None) -> ApiAnswer:
    return ask(api, "POST", PAYOUTS_PATH, content or body())


def read(answer: ApiAnswer) -> Any:
    return json.loads(answer.body)


def batch_of(answer: ApiAnswer) -> str:
    return read(answer)["batch_header"]["payout_batch_id"]


def item_of(api: PaypalApi, batch_id: str) -> Any:
    return read(ask(api, "GET", f"{PAYOUTS_PATH}/{batch_id}"))["items"][0]


# --- API --------------------------------------------------------------------------------------------------------------


def test_a_token_for_the_credentials(api: PaypalApi) -> None:
    basic = base64.b64encode(f"{api.account.client_id}:{api.account.client_secret}".encode()).decode()
    request = ApiRequest(
        method="POST",
        path=TOKEN_PATH,
        body=b"grant_type=client_credentials",
        headers={"authorization": f"Basic {basic}"},
    )
    answer = api.answer(request)
    token = read(answer)["access_token"]
    assert (answer.status, read(answer)["token_type"], read(answer)["expires_in"]) == (200, "Bearer", 32_400)
    assert ask(api, "GET", f"{PAYOUTS_PATH}/NONE", token=token).status == 404
    assert api.answer(replace(request, body=b"grant_type=password")).status == 400
    assert api.answer(replace(request, headers={"authorization": "Basic bm86bm8="})).status == 401


@pytest.mark.parametrize("token", ["", "A21AA", "A21AA99999999999.x.y", "A21AA99999999999.00.é"])
def test_other_tokens_are_refused(api: PaypalApi, token: str) -> None:
    assert ask(api, "GET", f"{PAYOUTS_PATH}/NONE", token=token or "x").status == 401


def test_a_payout_is_pending_then_paid(api: PaypalApi, clock: Clock) -> None:
    answer = create(api)
    assert (answer.status, read(answer)["batch_header"]["batch_status"]) == (201, "PENDING")
    batch_id = batch_of(answer)
    assert item_of(api, batch_id)["transaction_status"] == "PENDING"
    clock.time += 2
    item = item_of(api, batch_id)
    assert item["transaction_status"] == "SUCCESS"
    assert item["payout_item_fee"] == {"currency": "USD", "value": "0.25"}
    assert read(ask(api, "GET", f"{ITEMS_PATH}/{item['payout_item_id']}")) == item


def test_a_repeated_batch_is_refused_with_a_link_to_the_original(api: PaypalApi) -> None:
    first, again = create(api), create(api)
    assert (again.status, read(again)["name"]) == (400, "USER_BUSINESS_ERROR")
    assert read(again)["details"][0]["link"][0]["href"].endswith(f"{PAYOUTS_PATH}/{batch_of(first)}")


def test_fifty_at_once_create_one_batch(api: PaypalApi) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = [answer.status for answer in pool.map(lambda _: create(api), range(50))]
    assert (statuses.count(201), statuses.count(400)) == (1, 49)
    assert len(api.payouts.with_sender_batch_id("batch-1")) == 1


def test_a_batch_id_is_forgotten_after_30_days(api: PaypalApi, clock: Clock) -> None:
    create(api)
    clock.time += 30 * DAY_S - 1
    assert create(api).status == 400
    clock.time += 2
    assert create(api).status == 201


def test_an_unclaimed_item_is_returned_after_30_days(api: PaypalApi, clock: Clock) -> None:
    batch_id = batch_of(create(api, body(email="unclaimed@example.com")))
    clock.time += 10
    assert item_of(api, batch_id)["errors"]["name"] == "RECEIVER_UNREGISTERED"
    clock.time += 30 * DAY_S
    assert item_of(api, batch_id)["transaction_status"] == "RETURNED"


def test_an_unclaimed_item_can_be_canceled_once(api: PaypalApi, clock: Clock) -> None:
    batch_id = batch_of(create(api, body(email="unclaimed@example.com")))
    item_id = item_of(api, batch_id)["payout_item_id"]
    path = f"{ITEMS_PATH}/{item_id}/cancel"
    assert read(ask(api, "POST", path))["name"] == "ITEM_INCORRECT_STATUS"
    clock.time += 10
    assert read(ask(api, "POST", path))["transaction_status"] == "RETURNED"
    assert item_of(api, batch_id)["transaction_status"] == "RETURNED"
    assert read(ask(api, "POST", path))["name"] == "ITEM_ALREADY_CANCELLED"
    assert ask(api, "POST", f"{ITEMS_PATH}/NONE/cancel").status == 404


@pytest.mark.parametrize(
    "content, name",
    [
        (b"{", "MALFORMED_REQUEST_ERROR"),
        ([], "VALIDATION_ERROR"),
        ({}, "VALIDATION_ERROR"),
        (body(sender_batch_id=""), "VALIDATION_ERROR"),
        (body(email="nobody"), "VALIDATION_ERROR"),
        (body(value="0.00"), "VALIDATION_ERROR"),
        (body(value="1.005"), "VALIDATION_ERROR"),
        ({**body(), "items": body()["items"] * 2}, "VALIDATION_ERROR"),
        ({**body(), "items": ["item"]}, "VALIDATION_ERROR"),
        (body(email="poor@example.com"), "INSUFFICIENT_FUNDS"),
    ],
)
def test_refused_requests_pay_nothing(api: PaypalApi, content: Any, name: str) -> None:
    answer = ask(api, "POST", PAYOUTS_PATH, content)
    assert (400 <= answer.status < 500, read(answer)["name"]) == (True, name)
    assert api.payouts.with_sender_batch_id("batch-1") == []


def test_other_paths_are_not_found(api: PaypalApi) -> None:
    assert ask(api, "GET", "/v2/checkout/orders").status == 404
    assert ask(api, "DELETE", f"{PAYOUTS_PATH}/X").status == 404


def test_the_certificate_needs_no_token(api: PaypalApi) -> None:
    answer = api.answer(ApiRequest(method="GET", path=f"{CERTIFICATES_PATH}/CERT-sandbox"))
    assert answer.body.startswith(b"-----BEGIN CERTIFICATE-----")


# --- what survives ----------------------------------------------------------------------------------------------------


def test_payouts_survive_the_engine(api: PaypalApi, tmp_path: Path) -> None:
    batch_id = batch_of(create(api))
    another = replace(api, payouts=Payouts(tmp_path / PAYPAL_FOLDER_NAME))
    assert another.payouts.batch(batch_id) == api.payouts.batch(batch_id)
    assert create(another).status == 400


@pytest.mark.full
def test_an_account_is_created_once_with_owner_only_permissions(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: account.ensure(tmp_path), range(4)))
    assert len({one.client_secret for one in made}) == 1
    assert account.ensure(tmp_path) == made[0]
    [file] = (tmp_path / PAYPAL_FOLDER_NAME).iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert made[0].client_secret not in repr(made[0])


# --- webhooks ---------------------------------------------------------------------------------------------------------


def types(received: list[Received]) -> list[str]:
    return [json.loads(one.body)["event_type"] for one in received]


def test_a_webhook_for_each_status_in_order(api: PaypalApi, clock: Clock) -> None:
    with receiver() as shop:
        webhooks = Webhooks(api, shop.url, lambda _: None)
        create(api, body(email="unclaimed@example.com"))
        webhooks.send_due()
        assert shop.received == []
        clock.time += 31 * DAY_S
        webhooks.send_due()
        webhooks.send_due()
        webhooks.send_due()
        assert types(shop.received) == ["PAYMENT.PAYOUTS-ITEM.UNCLAIMED", "PAYMENT.PAYOUTS-ITEM.RETURNED"]
        assert api.payouts.next_at() is None
        statuses = [json.loads(one.body)["resource"]["transaction_status"] for one in shop.received]
        assert statuses == ["UNCLAIMED", "RETURNED"]


def test_a_reported_status_stays_when_the_clock_is_moved_back(api: PaypalApi, clock: Clock) -> None:
    with receiver() as shop:
        batch_id = batch_of(create(api, body(email="unclaimed@example.com")))
        clock.time += 31 * DAY_S
        for _ in range(2):
            Webhooks(api, shop.url, lambda _: None).send_due()
        clock.time -= 31 * DAY_S
        assert item_of(api, batch_id)["transaction_status"] == "RETURNED"


def test_a_webhook_that_is_not_accepted_is_sent_again(
    api: PaypalApi, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.paypal import webhooks as module

    monkeypatch.setattr(module, "_FIRST_PAUSE_S", 0)
    with receiver(answers=[500, 503, 200]) as shop:
        webhooks = Webhooks(api, shop.url, lambda _: None)
        create(api)
        clock.time += 5
        for _ in range(5):
            webhooks.send_due()
        assert len(shop.received) == 3
        assert len({json.loads(one.body)["id"] for one in shop.received}) == 1


def test_a_webhook_is_given_up_in_the_end(api: PaypalApi, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.paypal import webhooks as module

    monkeypatch.setattr(module, "_FIRST_PAUSE_S", 0)
    log: list[str] = []
    with receiver(answers=[500]) as shop:
        webhooks = Webhooks(api, shop.url, log.append)
        create(api)
        clock.time += 5
        for _ in range(20):
            webhooks.send_due()
        assert len(shop.received) == module._TRIES_MAX
        assert ["gave up" in line for line in log] == [True]


# --- as a part of the engine ------------------------------------------------------------------------------------------

Send = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def served(tmp_path: Path, clock: Clock) -> Send:
    """Return a function that sends requests to the simulator of a home, and returns the messages of the last answer."""

    def send(*requests: tuple[str, str, bytes], token: str = "") -> list[dict[str, Any]]:
        async def run() -> list[dict[str, Any]]:
            simulator = PaypalSimulator(tmp_path, 9, clock, lambda _: None, latency_s=0)
            sent: list[dict[str, Any]] = []
            for method, path, content in requests:
                sent = []
                scope = {
                    "type": "http",
                    "method": method,
                    "path": PAYPAL_PREFIX + path,
                    "headers": [(b"Authorization", f"Bearer {token}".encode())],
                }

                async def receive(content: bytes = content) -> dict[str, Any]:
                    return {"type": "http.request", "body": content, "more_body": False}

                async def sending(message: dict[str, Any], sent: list[dict[str, Any]] = sent) -> None:
                    sent.append(message)

                await simulator(scope, receive, sending)
            return sent

        return asyncio.run(run())

    return send


def token_of(home: Path, clock: Clock) -> str:
    made = account.ensure(home)
    return PaypalApi(account=made, payouts=Payouts(home), base_url="", now=clock).token()


def test_requests_reach_the_account_of_the_home(served: Send, tmp_path: Path, clock: Clock) -> None:
    start, content = served(("POST", PAYOUTS_PATH, json.dumps(body()).encode()), token=token_of(tmp_path, clock))
    assert start["status"] == 201
    links = json.loads(content["body"])["links"]
    assert links[0]["href"].startswith(f"http://127.0.0.1:9{PAYPAL_PREFIX}{PAYOUTS_PATH}/")


def test_a_response_that_is_cut_off(served: Send, tmp_path: Path, clock: Clock) -> None:
    content = json.dumps(body(email="timeout@example.com")).encode()
    start, part = served(("POST", PAYOUTS_PATH, content), token=token_of(tmp_path, clock))
    assert int(dict(start["headers"])[b"content-length"]) > len(part["body"])
    assert part["more_body"] is True
    assert len(Payouts(tmp_path / PAYPAL_FOLDER_NAME).with_sender_batch_id("batch-1")) == 1


def test_a_large_body_is_refused(served: Send) -> None:
    start, _ = served(("POST", PAYOUTS_PATH, b" " * 1_000_001))
    assert start["status"] == 413
