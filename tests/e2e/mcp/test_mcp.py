"""`paysandbox mcp` on a deployed sandbox, driven over stdio by the official SDK's client."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.mcp.tools import TOOLS
from tests.e2e.conftest import PROGRAM, Sandbox
from tests.support.clients.agent import Agent, agent_of
from tests.support.clients.api import Api
from tests.support.fakes.wire import Reply, served
from tests.support.tools.waiting import until

SECRET = re.compile(r"[sro]k_(?:test|live)_(?!\*)\w{8}|whsec_(?!\*)[\w+/]{8}|_secret_(?!\*)\w{8}")
MERCHANT = "mcp"


@pytest.fixture(scope="module")
def agent(sandbox: Sandbox, api: Api) -> Iterator[Agent]:
    """Provide an agent of this file's merchant, whose key `api` makes."""
    with agent_of(PROGRAM, "mcp", "--merchant", MERCHANT, env={"PAYSANDBOX_HOME": str(sandbox.home)}) as it:
        yield it


def test_both_kinds_of_clients_see_the_same_tools(sandbox: Sandbox, agent: Agent) -> None:
    assert agent.client.protocol_version == "2026-07-28"
    assert agent.client.server_info is not None
    assert agent.client.server_info.name == "paysandbox"
    listed = agent.tools()
    assert [tool["name"] for tool in listed] == [tool.name for tool in TOOLS]
    with agent_of(PROGRAM, "mcp", env={"PAYSANDBOX_HOME": str(sandbox.home)}, mode="legacy") as older:
        assert older.client.protocol_version == "2025-11-25"
        assert older.tools() == listed


@pytest.mark.full
def test_every_tool_answers_and_no_answer_has_a_secret(agent: Agent, api: Api) -> None:
    """An integration from the first payment to the settlement, in which each tool is called."""
    before = len(agent.heard)
    with served(lambda _: Reply()) as receiver:
        wanted = {"url": f"{receiver.base_url}/hook", "events": ["*"]}
        endpoint = api.post("/webhooks/endpoints", wanted).raise_for_status().json()
        called = {name for name, _ in _integrate(agent, endpoint["endpoint_id"])}
    assert called == {tool.name for tool in TOOLS}
    said = "\n".join(agent.heard[before:])
    assert [found[0] for found in SECRET.finditer(said)] == []
    for secret in (api.api_key, endpoint["secret"]):
        assert secret.rpartition("_")[2] not in said


def _integrate(agent: Agent, endpoint_id: str) -> Iterator[tuple[str, Any]]:
    """Iterate over the calls: the tool's name, and the answer."""

    def call(tool: str, **arguments: Any) -> tuple[str, Any]:
        return tool, agent.call(tool, **arguments)

    yield (found := call("sandbox_status"))
    assert found[1]["healthy"]
    yield call("list_test_cards", brand="amex")
    paid = {"amount": 1250, "capture": "automatic", "reference": "order-1043", "idempotency_key": "order-1043-pay"}
    yield (sale := call("authorize_payment", **paid))
    capture = sale[1]["captures"][0]["transaction_id"]
    assert agent.call("authorize_payment", **paid) == sale[1], "the same key returns the first answer"
    yield (listed := call("list_payments", reference="order-1043"))
    assert [each["auth_id"] for each in listed[1]["data"]] == [sale[1]["auth_id"]]
    yield call("get_payment", transaction_id=capture)
    yield call("find", query="order-1043")
    yield call("refund_payment", transaction_id=capture, amount=250, idempotency_key="order-1043-refund")
    held = agent.call("authorize_payment", amount=900, idempotency_key="order-1044-pay", metadata={"order": "1044"})
    yield call("capture_payment", auth_id=held["auth_id"], amount=400, idempotency_key="order-1044-capture")
    yield call("void_payment", auth_id=held["auth_id"], idempotency_key="order-1044-void")
    yield call("list_simulations", object_id=sale[1]["auth_id"])
    yield call("simulate", object_id=sale[1]["auth_id"], action="dispute", idempotency_key="order-1043-dispute")
    yield (triggered := call("trigger_event", event="payment_captured", override={"amount": 700}))
    event_id = triggered[1]["event_id"]
    until(lambda: agent.call("list_events")["data"], "the events")
    yield call("list_events", limit=2)
    until(lambda: not agent.result("get_event", event_id=event_id)["isError"], "the event")
    yield call("get_event", event_id=event_id)
    deliveries = until(lambda: agent.call("list_deliveries", endpoint=endpoint_id)["data"], "a delivery")
    yield call("list_deliveries", endpoint=endpoint_id)
    yield call("get_delivery", delivery_id=deliveries[0]["delivery_id"])
    until(lambda: agent.call("list_requests", route="void_payment")["data"], "the log")
    yield (requests := call("list_requests", route="void_payment"))
    yield call("explain_request", request_id=requests[1]["data"][0]["request_id"])
    yield call("read_logs", since="5m", route="void_payment")
    yield call("get_clock")
    yield call("advance_clock", span="1s")
    yield (rule := call("add_fault", fault="slow;ms=1", route="refund_payment", idempotency_key="slow-1"))
    yield call("list_faults")
    yield call("list_fault_kinds")
    yield call("get_fault_log")
    yield call("remove_fault", fault_id=rule[1]["fault_id"])
    yield call("lose_answers", command=["python", "checkout.py"])
    yield (found := call("search_docs", query="lost answer", limit=3))
    yield (page := call("get_docs_page", page=found[1]["data"][0]["page"]))
    assert page[1]["markdown"].startswith("# ")
    yield call("run_settlement", now=True)
    params = {"amount": 1250, "currency": "usd", "payment_method": "pm_card_visa"}
    yield (intent := call("stripe_post", path="/v1/payment_intents", params=params, idempotency_key="order-1045"))
    assert intent[1]["client_secret"].endswith("_secret_***")
    yield call("stripe_get", path=f"/v1/payment_intents/{intent[1]['id']}", params={"expand": ["latest_charge"]})
    hook = {"url": "https://example.com/hook", "enabled_events": ["charge.succeeded"]}
    made = agent.call("stripe_post", path="/v1/webhook_endpoints", params=hook, idempotency_key="hook-1")
    assert made["secret"] == "whsec_***"


def test_a_decline_is_explained(agent: Agent) -> None:
    declined = agent.call("authorize_payment", amount=1250, card="4000000000009995", idempotency_key="declined-1")
    assert declined["status"] == "declined"
    params = {
        "amount": 1250,
        "currency": "usd",
        "confirm": True,
        "payment_method": "pm_card_visa_chargeDeclinedLostCard",
    }
    failed = agent.fails("stripe_post", path="/v1/payment_intents", params=params, idempotency_key="declined-2")
    assert failed["code"] == "lost_card"
    [request_id] = re.findall(r"req_\w+", failed["what_to_do"])
    explained = agent.call("explain_request", request_id=request_id)
    assert "lost_card, lost card" in " ".join(explained["reasons"])
    assert "another one" in explained["what_to_do"]


def test_a_refusal_has_code_detail_param_and_what_to_do(agent: Agent) -> None:
    failed = agent.fails("authorize_payment", amount=1250, card="4242424242424241", idempotency_key="refused-1")
    assert failed.keys() >= {"code", "detail", "param", "what_to_do", "problem"}
    assert failed["param"] == "card.number"
    assert agent.fails("get_payment", transaction_id="auth_" + "a" * 26)["code"] == "resource_not_found"


def test_resources(agent: Agent) -> None:
    made = agent.call("authorize_payment", amount=1250, idempotency_key="resource-1")
    assert json.loads(agent.read(f"paysandbox://payment/{made['auth_id']}"))["auth_id"] == made["auth_id"]
    event_id = until(lambda: agent.call("list_events", transaction=made["auth_id"])["data"], "an event")[0]["id"]
    assert event_id in agent.read(f"paysandbox://event/{event_id}")
    pages = [each["uri"] for each in agent.resources()]
    assert "paysandbox://docs/how-to/lose-answers" in pages
    assert agent.read("paysandbox://docs/how-to/lose-answers").startswith("# Lose answers\n")


def test_an_agent_finds_a_double_charge_and_repairs_its_code(agent: Agent, api: Api) -> None:
    """The shop's first version makes a new key for each attempt; the repaired one derives it from the order."""

    def pay(order: str, key: str) -> None:
        """Pay as the shop does: with one retry after an error."""
        card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2035}
        body = {"amount": 3750, "currency": "USD", "card": card, "reference": order, "capture_method": "automatic"}
        for attempt in (1, 2):
            try:
                headers = {"X-Idempotency-Key": key.format(order=order, attempt=attempt)}
                api.http.post("/payments/authorize", json=body, headers=headers).raise_for_status()
            except httpx.TransportError:
                continue
            return
        raise AssertionError(f"{order} was not paid")

    def charges(order: str) -> list[Any]:
        return [each for each in agent.call("list_payments", reference=order)["data"] if each["status"] == "captured"]

    def lose(order: str) -> None:
        agent.call("add_fault", fault="commit_then_reset", reference=order, count=1, idempotency_key=f"lose-{order}")

    lose("order-2001")
    pay("order-2001", "{order}-{attempt}")
    assert len(charges("order-2001")) == 2
    lost = until(
        lambda: [each for each in agent.call("get_fault_log")["data"] if each["fault"] == "commit_then_reset"],
        "the log of faults",
    )
    explained = agent.call("explain_request", request_id=lost[0]["request_id"])
    assert "commit_then_reset" in " ".join(explained["reasons"])
    assert "Send it again with the same idempotency key" in explained["what_to_do"]
    again = charges("order-2001")[0]["auth_id"]
    agent.call("refund_payment", transaction_id=again, idempotency_key="order-2001-refund", reason="charged twice")
    assert len(charges("order-2001")) == 1

    lose("order-2002")
    pay("order-2002", "{order}-pay")
    assert len(charges("order-2002")) == 1


PLAN = """
[[setup]]
name = "sale"
request = "POST /payments/authorize"

[setup.body]
amount = 10000
currency = "USD"
capture_method = "automatic"
reference = "order-1042"
card = { number = "4242424242424242", exp_month = 12, exp_year = 2035 }

[[call]]
tool = "authorize_payment"
arguments = { amount = 3750, capture = "automatic", reference = "order-1043", idempotency_key = "order-1043-pay" }

[[call]]
tool = "refund_payment"
arguments = { transaction_id = "{sale.auth_id}", amount = 3000, idempotency_key = "order-1042-refund" }

[[call]]
tool = "stripe_post"

[call.arguments]
path = "/v1/payment_intents"
idempotency_key = "order-1044-pay"

[call.arguments.params]
amount = 500
currency = "usd"
confirm = true
payment_method = "pm_card_visa"
return_url = "https://example.com"
"""


@pytest.mark.full
def test_no_lost_answer_costs_money(sandbox: Sandbox, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN)
    done = sandbox.run("lose", "--mcp", shlex.join([PROGRAM, "mcp"]), "--plan", str(plan), "--json", check=False)
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert {cell["cell"]: cell["outcome"] for cell in report["cells"]} == {
        f"{number}-{kind}-reset": "no loss" for number in (1, 2, 3) for kind in ("first", "given-up")
    }, done.stdout
    called = {tool["name"]: tool for tool in report["tools"] if tool["called"]}
    assert {name: (tool["hints"]["idempotentHint"], tool["refuted"]) for name, tool in called.items()} == dict.fromkeys(
        ("authorize_payment", "refund_payment", "stripe_post"), (True, None)
    )
    assert done.returncode == 0
