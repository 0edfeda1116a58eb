"""Stripe's official SDK for Node on the deployed sandbox, run by the project's own node: the main flows."""

import json
import re
from collections.abc import Sequence

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.stripe_node import PROGRAM, node
from tests.support.clients.stripe_sdk_calls import Sdk, paid
from tests.support.fakes.receiver import receiver
from tests.support.tools.waiting import until

FLOWS = re.findall(r"^  async (\w+)\(", PROGRAM.read_text(), re.MULTILINE)
# The same flows run in Python and, by the types of stripe-node, on the handlers.
FAST_FLOWS = ("pays", "refunds", "authenticates", "disputes", "sells")
OTHERS = [flow for flow in FLOWS if flow not in FAST_FLOWS]


@pytest.mark.parametrize(
    "flows", [FAST_FLOWS, pytest.param(OTHERS, marks=pytest.mark.full)], ids=["principal flows", "other flows"]
)
def test_node(flows: Sequence[str], sandbox: Sandbox, api: Api) -> None:
    done = node(str(sandbox.port), api.api_key, *flows)
    assert done.returncode == 0, done.stderr.decode()


def test_an_unexpected_result_fails_the_flow(sandbox: Sandbox) -> None:
    """This validates the other tests: here a flow fails because the key is missing."""
    done = node(str(sandbox.port), "sk_test_nobody_00000000000000000000", "pays")
    assert done.returncode == 1
    assert b"StripeAuthenticationError" in done.stderr


def test_node_trusts_only_genuine_deliveries(sdk: Sdk) -> None:
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
