"""GET /requests/{request_id}: retrieve a logged request and its answer."""

import json
from collections.abc import Callable

import pytest

from paysandbox.payments.routes import AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, LIST_PAYMENTS
from tests.support.builders import build
from tests.support.clients.call import Merchant, Reply, event, send, send_event

Keep = Callable[[], None]
Told = Callable[..., None]

NOT_UTF8 = "[not UTF-8: 3 characters of Base64]"


def test_approved_request(demo: Merchant, keep: Keep) -> None:
    reply = send(AUTHORIZE_PAYMENT, body=build.authorize_body(reference="order 1"), key="key-1", request_id="request-1")
    keep()
    shown = demo.request("request-1").json
    assert shown.pop("duration_ms") >= 0
    assert shown.pop("body") == (
        '{"card":{"number":"************4242","exp_month":12,"exp_year":2040,"cvc":"***"},"amount":1000,'
        '"reference":"order 1"}'
    )
    answer = json.loads(shown.pop("answer"))
    assert answer == reply.json | {
        "card": reply.json["card"] | {"card_id": "***"},
        "checks": dict.fromkeys(reply.json["checks"], "***"),
    }
    assert shown == {
        "request_id": "request-1",
        "created_at": "2026-11-18T11:06:40.000000Z",
        "method": "POST",
        "route": "authorize_payment",
        "path": "/payments/authorize",
        "status": 200,
        "outcome": "approved",
        "replayed": False,
        "transaction_id": reply.json["auth_id"],
        "payment_id": reply.json["auth_id"],
        "idempotency_key": "key-1",
    }


UUID = "0a1b2c3d-0000-4000-8000-00000000000f"


@pytest.mark.parametrize(
    "asked, status",
    [
        (UUID, 200),
        ("req_0a1b2c3d00004000800000000000000f", 200),
        ("req_0a1b2c3d00004000800000000000000e", 404),
        ("req_0A1B2C3D00004000800000000000000F", 404),
        ("req_0a1b2c3d0000400080000000000000f", 404),
        (f"req_{UUID}", 404),
    ],
)
def test_ids_of_both_apis(asked: str, status: int, demo: Merchant, keep: Keep) -> None:
    send(AUTHORIZE_PAYMENT, body=build.authorize_body(), key="key-1", request_id=UUID)
    keep()
    reply = demo.request(asked)
    assert reply.status == status
    assert status != 200 or reply.json["request_id"] == UUID


def test_failed_request_with_its_reason(demo: Merchant, keep: Keep) -> None:
    reply = demo.authorize("the-key", tip=1)
    keep()
    shown = demo.request(reply.headers["Request-Id"]).json
    assert (shown["status"], shown["outcome"]) == (400, "refused")
    assert (shown["code"], shown["param"], shown["detail"]) == ("parameter_unknown", "tip", reply.json["detail"])
    assert shown["body"].endswith('"tip":1}')


@pytest.mark.parametrize(
    "ask, body",
    [
        (lambda: send(AUTHORIZE_PAYMENT, body='{"card": {"number": "4242'), "[not JSON: 25 characters]"),
        (lambda: send(AUTHORIZE_PAYMENT, body=None), None),
        (lambda: send(CAPTURE_PAYMENT, body="{}", in_base64=True), "{}"),
        (lambda: send(CAPTURE_PAYMENT, body="{}", content_type="text/plain"), "{}"),
        (lambda: send_event(CAPTURE_PAYMENT, event(CAPTURE_PAYMENT, body="%%%") | {"isBase64Encoded": True}), NOT_UTF8),
        (lambda: send(LIST_PAYMENTS, query={"limit": "0"}), None),
    ],
)
def test_unparsable_body(ask: Callable[[], Reply], body: str | None, demo: Merchant, keep: Keep) -> None:
    reply = ask()
    keep()
    shown = demo.request(reply.headers["Request-Id"]).json
    assert (shown["status"], shown.get("body")) == (reply.status, body)


def test_replays_are_separate_requests(demo: Merchant, keep: Keep) -> None:
    replies = [demo.authorize("the-key") for _ in range(2)]
    keep()
    shown = [demo.request(reply.headers["Request-Id"]).json for reply in replies]
    assert [one["replayed"] for one in shown] == [False, True]
    assert len({one["transaction_id"] for one in shown}) == 1


@pytest.mark.parametrize("request_id", ["", "nobody-asked-this", "x" * 65, "a b", "ünï", "4242424242424242"])
def test_unknown_request(request_id: str, demo: Merchant) -> None:
    reply = demo.request(request_id)
    assert (reply.status, reply.code) == (404, "resource_not_found")
    assert "7 days" in reply.json["detail"]


@pytest.mark.parametrize("percent, told_so", [(100, False), (5, True), (0, True)])
def test_unknown_request_that_may_not_have_been_stored(percent: int, told_so: bool, demo: Merchant, told: Told) -> None:
    told(request_log_sample_percent=percent)
    detail = demo.request("nobody-asked-this").json["detail"]
    assert (f"stores {percent}% of successful requests" in detail) is told_so


def test_another_merchants_request_is_unknown(demo: Merchant, globex: Merchant, keep: Keep) -> None:
    request_id = globex.payments().headers["Request-Id"]
    keep()
    assert globex.request(request_id).status == 200
    theirs, nobodys = demo.request(request_id).json, demo.request("nobody-asked-this").json
    assert {**theirs, "request_id": ""} == {**nobodys, "request_id": ""}
