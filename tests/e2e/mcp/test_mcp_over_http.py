"""`/mcp` of a deployed sandbox, driven over HTTP by the official SDK: the tools that a merchant's key opens."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cli.mcp.tools import TOOLS
from tests.e2e.conftest import Sandbox
from tests.support.clients.agent import Agent, agent_over_http
from tests.support.clients.api import Api
from tests.support.tools.waiting import until

OF_THE_SANDBOX = {"sandbox_status", "read_logs", "get_clock", "advance_clock", "run_settlement"}
"""The tools that act on the whole sandbox, which no merchant's key opens."""


@pytest.fixture(scope="module")
def url(sandbox: Sandbox) -> str:
    return f"{sandbox.base_url}/mcp"


@pytest.fixture(scope="module")
def agent(url: str, api: Api) -> Iterator[Agent]:
    """Provide an agent of this file's merchant."""
    with agent_over_http(url, api.api_key) as it:
        yield it


def test_both_kinds_of_clients_see_the_tools_of_a_merchant(url: str, agent: Agent, api: Api) -> None:
    assert agent.client.protocol_version == "2026-07-28"
    listed = agent.tools()
    assert [tool["name"] for tool in listed] == [tool.name for tool in TOOLS if tool.name not in OF_THE_SANDBOX]
    with agent_over_http(url, api.api_key, mode="legacy") as older:
        assert older.client.protocol_version == "2025-11-25"
        assert older.tools() == listed


def test_calls_act_for_the_merchant_of_the_key(sandbox: Sandbox, agent: Agent, api: Api) -> None:
    paid = {"amount": 1250, "reference": "order-1043", "idempotency_key": "order-1043-pay"}
    payment = agent.call("authorize_payment", **paid)
    assert agent.call("authorize_payment", **paid) == payment, "the same key returns the first answer"
    assert api.http.get(f"/payments/{payment['auth_id']}").raise_for_status().json()["reference"] == "order-1043"
    assert agent.call("get_payment", transaction_id=payment["auth_id"])["status"] == "approved"
    until(lambda: agent.call("list_events")["data"], "the events")
    assert json.loads(agent.read(f"paysandbox://payment/{payment['auth_id']}"))["amount"] == 1250
    found = agent.call("search_docs", query="lost answer", limit=1)
    assert agent.call("get_docs_page", page=found["data"][0]["page"])["markdown"].startswith("# ")
    assert agent.fails("capture_payment", auth_id=payment["auth_id"], amount=2000, idempotency_key="too-much")
    assert api.api_key.rpartition("_")[2] not in "\n".join(agent.heard)


def test_two_merchants_do_not_see_each_other(url: str, agent: Agent, new_merchant: Any) -> None:
    paid = agent.call("authorize_payment", amount=900, idempotency_key="mine")
    with new_merchant("mcp-other") as other, agent_over_http(url, other.api_key) as theirs:
        missing = theirs.fails("get_payment", transaction_id=paid["auth_id"])
    assert missing["code"] == "resource_not_found"


def post(url: str, **headers: str) -> httpx.Response:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    return httpx.post(url, json=message, headers=headers, trust_env=False)


def test_requests_without_a_valid_key_are_refused(sandbox: Sandbox, url: str, api: Api) -> None:
    bearer = {"Authorization": f"Bearer {api.api_key}"}
    assert post(url, **bearer).status_code == 200
    for headers in ({}, {"Authorization": "Bearer sk_test_nobody_x"}, {"X-Api-Key": api.api_key}):
        refused = post(url, **headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "api_key_invalid")
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert post(url, **bearer, Origin="http://shop.example").status_code == 403
    assert post(url, **bearer, Host="page.example").json()["code"] == "host_not_allowed"
    assert httpx.get(url, headers=bearer, trust_env=False).status_code == 405
    key = sandbox.json("keys", "create", "--merchant", "mcp-revoked")
    bearer = {"Authorization": f"Bearer {key['api_key']}"}
    assert post(url, **bearer).status_code == 200
    sandbox.run("keys", "revoke", key["key_id"])
    assert post(url, **bearer).status_code == 401, "also while its program runs"
