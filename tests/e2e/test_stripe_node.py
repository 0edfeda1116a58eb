"""Stripe's official SDK for Node on the deployed sandbox, run by the project's own node: the main flows."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.api import Api
from tests.support.receiver import receiver
from tests.support.stripe_sdk_calls import Sdk, paid
from tests.support.waiting import until

NODE = Path(sys.executable).with_name("node")
PROGRAM = Path(__file__).with_name("stripe_node.mjs")
FLOWS = re.findall(r"^  async (\w+)\(", PROGRAM.read_text(), re.MULTILINE)
WITHIN_S = 120


def node(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the program and return its output, whatever its exit code."""
    return subprocess.run([NODE, PROGRAM, *words], input=stdin, capture_output=True, timeout=WITHIN_S, check=False)


@pytest.mark.parametrize("flow", FLOWS)
def test_node(flow: str, sandbox: Sandbox, api: Api) -> None:
    done = node(str(sandbox.port), api.api_key, flow)
    assert done.returncode == 0, done.stderr.decode()


def test_a_flow_that_differs_fails(sandbox: Sandbox) -> None:
    """This validates the other tests: here a flow fails because the key is missing."""
    done = node(str(sandbox.port), "sk_test_nobody_00000000000000000000", "pays")
    assert done.returncode == 1
    assert b"StripeAuthenticationError" in done.stderr


def test_node_trusts_what_was_delivered_and_nothing_else(sdk: Sdk) -> None:
    with receiver() as shop:
        made = sdk.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["payment_intent.succeeded"]})
        intent = paid(sdk)
        (request, *_) = until(lambda: shop.received, "the event")
        sdk.v1.webhook_endpoints.delete(made.id)
    signature = request.headers["stripe-signature"]
    trusted = node("verify", signature, made.secret, stdin=request.body)
    assert trusted.returncode == 0, trusted.stderr.decode()
    event = json.loads(trusted.stdout)
    assert event == json.loads(request.body)
    assert (event["type"], event["data"]["object"]["id"]) == ("payment_intent.succeeded", intent.id)
    changed = node("verify", signature, made.secret, stdin=request.body.replace(b"succeeded", b"succeeds!", 1))
    assert changed.returncode == 1
    assert b"StripeSignatureVerificationError" in changed.stderr
