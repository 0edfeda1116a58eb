"""`up --bind 0.0.0.0`: other machines reach the API under any name, and AWS stays reachable from this machine only."""

import json
import socket

import httpx
import pytest

from tests.e2e.conftest import Sandbox
from tests.support.api import CARD

pytestmark = pytest.mark.full  # it restarts the sandbox twice


def own_address() -> str | None:
    """Return this machine's address on its network, or None if it has only the loopback. No packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def test_other_machines_reach_only_the_api(sandbox: Sandbox) -> None:
    address = own_address()
    if address is None or address.startswith("127."):
        pytest.skip("this machine has no address but the loopback's, so there are no others")
    elsewhere = f"http://{address}:{sandbox.port}"
    try:
        done = sandbox.run(
            *("up", "--port", str(sandbox.port), "--host", "payments.internal", "--json"),
            *("--bind", "0.0.0.0"),  # noqa: S104 - the subject of this test
        )
        assert "Warning" in done.stderr
        facts = json.loads(done.stdout)
        assert facts["bind"] == "0.0.0.0"  # noqa: S104 - the subject of this test
        assert facts["base_url"] == sandbox.base_url
        key = {"X-Api-Key": facts["merchants"][0]["api_key"], "X-Idempotency-Key": "from elsewhere"}
        to_aws = {"Host": f"localhost:{sandbox.port}"}
        with httpx.Client(base_url=elsewhere, timeout=60) as other:
            for host in ("localhost", "payments.internal", address):
                assert other.get("/health", headers={"Host": f"{host}:{sandbox.port}"}).status_code == 200
            elsewhere_named = other.get("/health", headers={"Host": "page.example"})
            assert (elsewhere_named.status_code, elsewhere_named.json()["code"]) == (403, "host_not_allowed")
            paid = other.post("/payments/authorize", headers=key, json={"card": CARD, "amount": 5})
            assert paid.json()["status"] == "approved"
            assert "error" in other.get("/v1/payment_intents").json(), "Stripe's SDKs find their API too"
            for host in ("localhost", "127.0.0.1", address):
                receiver = {"url": f"http://{host}:{sandbox.port}/?Action=ListQueues", "events": ["*"]}
                made = other.post("/webhooks/endpoints", headers=key, json=receiver)
                assert (made.status_code, made.json()["code"]) == (400, "url_not_allowed")
            asks_sqs = {"Action": "ListQueues", "Version": "2012-11-05"}
            # AWS's older services are called at the root path, with the action in the query or the form.
            assert other.get("/", params=asks_sqs, headers=to_aws).json()["links"]["docs"] == "/docs"
            for method, path in (("POST", "/_ministack/reset"), ("GET", "/2015-03-31/functions/"), ("POST", "/")):
                answer = other.request(method, path, headers=to_aws, data=asks_sqs)
                assert (answer.status_code, answer.json()["code"]) == (404, "resource_not_found")
        assert sandbox.json("status")["healthy"]
    finally:
        sandbox.run("up", "--port", str(sandbox.port), "--bind", "127.0.0.1", "--host", "localhost")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{elsewhere}/health", timeout=5)
