"""A start with other options, all at once: another port, no further payments, and as in docs/how-to/test-in-ci.md."""

import json
import shlex
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from engine.limits import PAYMENTS_SETTING
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.fakes.receiver import receiver
from tests.support.tools.blocks import blocks
from tests.support.tools.ports import free_port
from tests.support.tools.waiting import until

pytestmark = pytest.mark.full  # it restarts the sandbox twice

INTENT = {"amount": "1250", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}


@dataclass(frozen=True)
class Moved:
    """The sandbox at its other port, what `up` printed, and two payments from before."""

    sandbox: Sandbox
    api: Api
    printed: str
    facts: dict[str, Any]
    payment: str
    other_payment: str


@pytest.fixture(scope="module")
def moved(sandbox: Sandbox, api: Api) -> Iterator[Moved]:
    """Start the sandbox with other options. It has its own again after the last test of this file."""
    first, second = (api.authorize(10_00, key=key).raise_for_status().json()["auth_id"] for key in ("one", "another"))
    there = replace(sandbox, port=free_port())
    [for_other_machines] = [block.text for block in blocks("bash") if "--bind" in block.text]
    _, *words = shlex.split(for_other_machines)
    limit: dict[str, Any] = {PAYMENTS_SETTING: "1"}
    try:
        done = there.run(*words, "--port", str(there.port), "--json", **limit)
        with Api(there.base_url, api.api_key) as it:
            yield Moved(there, it, done.stderr, json.loads(done.stdout), first, second)
    finally:
        sandbox.run("up", "--port", str(sandbox.port), "--bind", "127.0.0.1", "--host", "localhost")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{there.base_url}/health", timeout=5)
    if address := own_address():
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://{address}:{sandbox.port}/health", timeout=5)


def own_address() -> str | None:
    """Return this machine's address on its network, or None if it has only the loopback. No packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") else address


def test_the_stacks_are_deployed_as_they_are(moved: Moved) -> None:
    assert "no changes" in moved.printed
    assert moved.facts["base_url"] == moved.sandbox.base_url
    assert moved.facts["bind"] == "0.0.0.0"  # noqa: S104 - the subject of this test
    assert "Warning" in moved.printed
    assert moved.sandbox.json("status")["healthy"]


def test_webhooks_are_delivered_from_another_port(moved: Moved) -> None:
    with receiver() as endpoint:
        moved.api.post("/webhooks/endpoints", {"url": endpoint.url, "events": ["*"]}).raise_for_status()
        moved.api.capture(moved.payment, amount=1_00).raise_for_status()
        until(lambda: "payment_captured" in [json.loads(one.body)["type"] for one in endpoint.received], "the event")


def test_more_payments_are_refused_and_the_others_still_work(moved: Moved) -> None:
    api = moved.api
    refused = api.authorize(10_00)
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_limit_reached")
    for named in ("paysandbox up --fresh", PAYMENTS_SETTING):
        assert named in refused.json()["detail"]

    as_stripe = api.http.post("/v1/payment_intents", data=INTENT, headers={"Authorization": f"Bearer {api.api_key}"})
    assert (as_stripe.status_code, as_stripe.json()["error"]["type"]) == (400, "invalid_request_error")
    assert as_stripe.json()["error"]["message"] == refused.json()["detail"]

    replayed = api.authorize(10_00, key="another")
    assert (replayed.json()["auth_id"], replayed.headers["Idempotent-Replayed"]) == (moved.other_payment, "true")
    api.capture(moved.other_payment, amount=4_00).raise_for_status()
    api.refund(moved.other_payment, amount=1_00).raise_for_status()
    assert api.void(moved.other_payment).json()["status"]
    assert api.payment(moved.other_payment)["refunded"] == 1_00
    assert moved.sandbox.json("audit")["sound"]


def test_other_machines_reach_only_the_api(moved: Moved) -> None:
    address, port = own_address(), moved.sandbox.port
    if address is None:
        pytest.skip("this machine has no address but the loopback's, so there are no others")
    key = {"X-Api-Key": moved.api.api_key, "X-Idempotency-Key": "from elsewhere"}
    to_aws = {"Host": f"localhost:{port}"}
    with httpx.Client(base_url=f"http://{address}:{port}", timeout=60) as other:
        for host in ("localhost", "sandbox", "payments.internal", address):
            assert other.get("/health", headers={"Host": f"{host}:{port}"}).status_code == 200
        elsewhere_named = other.get("/health", headers={"Host": "page.example"})
        assert (elsewhere_named.status_code, elsewhere_named.json()["code"]) == (403, "host_not_allowed")
        captured = other.post("/payments/capture", headers=key, json={"auth_id": moved.payment, "amount": 5})
        assert captured.json()["amount"] == 5
        assert "error" in other.get("/v1/payment_intents").json(), "Stripe's SDKs find their API too"
        for host in ("localhost", "127.0.0.1", address):
            receiver = {"url": f"http://{host}:{port}/?Action=ListQueues", "events": ["*"]}
            made = other.post("/webhooks/endpoints", headers=key, json=receiver)
            assert (made.status_code, made.json()["code"]) == (400, "url_not_allowed")
        asks_sqs = {"Action": "ListQueues", "Version": "2012-11-05"}
        # AWS's older services are called at the root path, with the action in the query or the form.
        assert other.get("/", params=asks_sqs, headers=to_aws).json()["links"]["docs"] == "/docs"
        for method, path in (("POST", "/_ministack/reset"), ("GET", "/2015-03-31/functions/"), ("POST", "/")):
            answer = other.request(method, path, headers=to_aws, data=asks_sqs)
            assert (answer.status_code, answer.json()["code"]) == (404, "resource_not_found")
