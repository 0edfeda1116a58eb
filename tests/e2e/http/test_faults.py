"""Faults on the deployed sandbox, to clients of the outside: what they get from the socket, and what the ledger has."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import stripe

from engine.workers.pool import WORKERS_MAX
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.stripe_sdk import sdk_on
from tests.support.tools.waiting import until

CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}


def authorize(api: Api, key: str, fault: str | None, timeout_s: float = 30) -> httpx.Response:
    headers = {"Idempotency-Key": key} | ({} if fault is None else {"X-Sandbox-Fault": fault})
    return api.http.post(
        "/payments/authorize", json={"amount": 10_00, "card": CARD}, headers=headers, timeout=timeout_s
    )


def raw(sandbox: Sandbox, api: Api, key: str, fault: str) -> tuple[bytes, str]:
    """Send a request over a socket. Return what was read, and how the connection ended."""
    body = b'{"amount":1000,"card":{"number":"4242424242424242","exp_month":12,"exp_year":2040,"cvc":"123"}}'
    head = (
        f"POST /payments/authorize HTTP/1.1\r\nHost: 127.0.0.1:{sandbox.port}\r\nX-Api-Key: {api.api_key}\r\n"
        f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\nX-Sandbox-Fault: {fault}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    received = b""
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=5) as connection:
        connection.sendall(head.encode() + body)
        try:
            while part := connection.recv(65_536):
                received += part
        except ConnectionResetError:
            return received, "reset"
        except TimeoutError:
            return received, "open"
    return received, "closed"


@pytest.mark.parametrize(
    "fault, read, ends",
    [
        ("commit_then_reset", b"", "reset"),
        ("commit_then_truncate;bytes=10", b'{"amount":', "closed"),
        ("commit_then_truncate;bytes=0", b"", "closed"),
        ("commit_then_timeout", b"", "open"),
    ],
)
def test_an_answer_is_lost_on_its_way(sandbox: Sandbox, api: Api, fault: str, read: bytes, ends: str) -> None:
    key = f"lost by {fault}"
    received, ended = raw(sandbox, api, key, fault)
    head, _, body = received.partition(b"\r\n\r\n")
    assert (body, ended) == (read, ends)
    if head:
        (length,) = (line.split(b": ")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        assert int(length) > 100
    again = authorize(api, key, fault)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")


def test_an_answer_comes_too_late(api: Api) -> None:
    begun = time.monotonic()
    late = authorize(api, "too late", "commit_then_timeout;s=1")
    assert late.status_code == 504
    assert time.monotonic() - begun >= 1
    assert authorize(api, "too late", None).headers["Idempotent-Replayed"] == "true"


@pytest.mark.full
def test_slow_requests_of_one_merchant_leave_the_workers_to_others(
    api: Api, new_merchant: Callable[[str], Api]
) -> None:
    """More requests wait than a function can have workers. Another merchant's is answered before the first of them."""
    count = WORKERS_MAX + 8
    with new_merchant("slow-shop") as slow, ThreadPoolExecutor(count) as pool:
        slow.http.post("/sandbox/faults", json={"fault": "slow;ms=8000", "count": count}).raise_for_status()
        waiting = [pool.submit(authorize, slow, f"slow {number}", None, timeout_s=60) for number in range(count)]
        until(lambda: slow.http.get("/sandbox/faults").json()["data"][0]["seen"] >= count, "all of them wait")
        assert authorize(api, "not slow", None).status_code == 200
        assert not any(request.done() for request in waiting)
        answers = [request.result() for request in waiting]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["Sandbox-Fault-Applied"] for answer in answers} == {"slow;ms=8000"}


def test_stripes_sdk_repeats_what_it_lost(api: Api, sandbox: Sandbox) -> None:
    with sdk_on(sandbox.base_url, api.api_key, retries=2) as client:
        intents: Any = client.v1.payment_intents
        assert intents.create(intent("order-1", "commit_then_reset")).status == "succeeded"
        with pytest.raises(stripe.APIConnectionError):
            intents.create(intent("order-2", "commit_then_reset;times=3"))
        listed = until(lambda: orders(intents) if len(orders(intents)) > 1 else None, "both intents in the list")
        assert listed == ["order-1", "order-2"]


def test_stripes_500_is_not_repeated(api: Api, sandbox: Sandbox, sdk: Any) -> None:
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            sdk.v1.payment_intents.create(intent("order-3", "stripe_500"), {"idempotency_key": "order-3"})
        assert failed.value.http_status == 500
    assert sandbox.json("audit")["sound"]


def orders(intents: Any) -> list[str]:
    found = [each.metadata.to_dict().get("order") for each in intents.list({"limit": 100}).data]
    return sorted(order for order in found if order in ("order-1", "order-2"))


def intent(order: str, fault: str) -> Any:
    return {
        "amount": 10_00, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "metadata": {"order": order, "sandbox_fault": fault},
    }  # fmt: skip
