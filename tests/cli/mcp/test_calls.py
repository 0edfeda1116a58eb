"""Calls of tools, against the other end of the wire: what is sent, and what an answer and an error say."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cli.main import whole_program
from cli.mcp.program import Program
from cli.mcp.protocol import Server
from paysandbox.core.merchant import api_key
from tests.support.fakes.wire import HANG_UP, Reply, Request, served

SERVER = Server(Program(whole_program()))
KEY = api_key("demo", "a" * 32)
PAID = {"amount": 1250, "idempotency_key": "order-1"}
APPROVED = {"auth_id": "auth_1", "status": "approved", "amount": 1250, "currency": "USD"}
EXCEEDED = {
    "type": "about:blank", "title": "The capture exceeds the amount", "status": 409, "detail": "2.50 USD remains.",
    "code": "capture_exceeds_authorized", "param": "amount", "remaining": 250, "currency": "USD", "request_id": "r-1",
}  # fmt: skip
DECLINED = {
    "error": {"type": "card_error", "code": "card_declined", "decline_code": "lost_card", "message": "Declined."}
}
REQUEST_ID = "req_0123456789abcdef0123456789abcdef"

Answer = Callable[[Request], Reply | None]
Call = Callable[..., dict[str, Any]]


def call(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call a tool, and return its result."""
    params = {"name": name, "arguments": arguments}
    response = SERVER.answer({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    assert response is not None
    return response["result"]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], list[Request]]]:
    """Return a function that serves answers for the program, and returns the requests that it sends."""
    monkeypatch.setattr("cli.connection.api._BACKOFF_S", (0.0, 0.0, 0.0))
    from contextlib import ExitStack

    with ExitStack() as stack:

        def serve(answer: Answer) -> list[Request]:
            it = stack.enter_context(served(answer))
            monkeypatch.setenv("PAYSANDBOX_BASE_URL", it.base_url)
            monkeypatch.setenv("PAYSANDBOX_API_KEY", KEY)
            return it.requests

        yield serve


def test_an_answer_is_the_apis_as_text_and_structured(wire: Callable[[Answer], list[Request]]) -> None:
    requests = wire(lambda _: Reply(body=APPROVED))
    result = call("authorize_payment", PAID)
    assert (result["isError"], result["structuredContent"]) == (False, APPROVED)
    assert json.loads(result["content"][0]["text"]) == APPROVED
    assert len(result["content"]) == 1, "the caller's key is no news"
    [request] = requests
    assert (request.path, request.headers["x-idempotency-key"]) == ("/payments/authorize", "order-1")
    assert request.body["amount"] == 1250


def test_a_refusal_says_what_to_do(wire: Callable[[Answer], list[Request]]) -> None:
    wire(lambda _: Reply(409, EXCEEDED))
    result = call("capture_payment", {"auth_id": "auth_1", "amount": 900, "idempotency_key": "k"})
    facts = result["structuredContent"]
    assert result["isError"]
    assert (facts["code"], facts["detail"], facts["param"]) == (
        "capture_exceeds_authorized",
        "2.50 USD remains.",
        "amount",
    )
    assert "Retry: No." in facts["what_to_do"]
    assert facts["problem"] == EXCEEDED


def test_after_a_lost_answer_the_same_key_finds_out(wire: Callable[[Answer], list[Request]]) -> None:
    requests = wire(lambda _: HANG_UP)
    result = call("authorize_payment", PAID)
    assert result["isError"]
    assert {request.headers["x-idempotency-key"] for request in requests} == {"order-1"}
    what_to_do = result["structuredContent"]["what_to_do"]
    assert "Call the tool again with idempotency_key order-1" in what_to_do
    assert "--" not in what_to_do


@pytest.mark.parametrize("name, arguments", [
    ("stripe_post", {"path": "/v1/refunds", "params": {"charge": "ch_1"}, "idempotency_key": "order-1"}),
    ("refund_payment", {"transaction_id": "cap_1", "idempotency_key": "order-1"}),
])  # fmt: skip
def test_after_an_answer_of_a_gateway_the_same_key_finds_out(
    wire: Callable[[Answer], list[Request]], name: str, arguments: dict[str, Any]
) -> None:
    wire(lambda _: Reply(502, "<html>"))
    result = call(name, arguments)
    assert result["isError"]
    assert "Call the tool again with" in result["structuredContent"]["what_to_do"]
    assert "idempotency_key" in result["structuredContent"]["what_to_do"]


def test_attempts_before_the_answer_are_no_part_of_it(wire: Callable[[Answer], list[Request]]) -> None:
    replies = iter([Reply(503, "busy"), Reply(body={"id": "re_1"}, headers={"Request-Id": REQUEST_ID})])
    wire(lambda _: next(replies))
    result = call("stripe_post", {"path": "/v1/refunds", "params": {"charge": "ch_1"}, "idempotency_key": "k"})
    assert result["content"] == [{"type": "text", "text": '{"id":"re_1"}'}]


def test_an_error_of_stripes_names_the_request(wire: Callable[[Answer], list[Request]]) -> None:
    requests = wire(lambda _: Reply(402, DECLINED, {"Request-Id": REQUEST_ID}))
    params = {"amount": 1250, "currency": "usd", "metadata": {"order": "1043"}}
    result = call("stripe_post", {"path": "/v1/payment_intents", "params": params, "idempotency_key": "k"})
    facts = result["structuredContent"]
    assert (result["isError"], facts["code"], facts["detail"]) == (True, "lost_card", "Declined.")
    assert f"explain_request with {REQUEST_ID}" in facts["what_to_do"]
    [request] = requests
    assert request.body == {"amount": "1250", "currency": "usd", "metadata[order]": "1043"}
    assert request.headers["idempotency-key"] == "k"


@pytest.mark.parametrize(
    "name, arguments, param",
    [
        ("authorize_payment", {**PAID, "currency": "XXX"}, "currency"),
        ("get_payment", {"transaction_id": "auth 1"}, "transaction_id"),
        ("add_fault", {"fault": "slow", "ttl": "soon", "idempotency_key": "k"}, "ttl"),
        ("advance_clock", {}, ""),
        ("trigger_event", {"event": "payment_captures"}, "event"),
    ],
)
def test_what_the_command_refuses_is_not_sent(
    wire: Callable[[Answer], list[Request]], name: str, arguments: dict[str, Any], param: str
) -> None:
    requests = wire(lambda _: Reply(400, {"title": "Bad", "status": 400, "code": "parameter_invalid", "param": param}))
    result = call(name, arguments)
    facts = result["structuredContent"]
    assert (result["isError"], facts.get("param", "")) == (True, param)
    assert "--" not in facts["detail"]
    assert len(requests) <= (1 if name == "authorize_payment" else 0)


@pytest.mark.parametrize(
    "secret",
    [KEY, "rk_test_abcdefgh12345678", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "pi_abc_secret_mzxw6ytb"],
)
def test_secrets_are_masked_wherever_they_are(wire: Callable[[Answer], list[Request]], secret: str) -> None:
    told = [Reply(body={"id": "x", "client_secret": secret, "deep": [{"of": f"see {secret}."}]})]
    told.append(Reply(400, {"error": {"message": f"No such key: {secret}", "type": "invalid_request_error"}}))
    told.append(Reply(404, {"title": f"No {secret}", "detail": secret, "code": "c", "status": 404}))
    for reply in told:
        wire(lambda _, reply=reply: reply)
        for name, arguments in (("stripe_get", {"path": "/v1/events"}), ("get_payment", {"transaction_id": "auth_1"})):
            assert secret.rpartition("_")[2] not in json.dumps(call(name, arguments))


def test_without_a_sandbox_a_tool_says_how_to_start_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path))
    for name, arguments in (("get_payment", {"transaction_id": "auth_1"}), ("sandbox_status", {}), ("get_clock", {})):
        result = call(name, arguments)
        assert (result["isError"], result["structuredContent"]["code"]) == (True, "sandbox_unavailable"), name
        assert "paysandbox up" in result["structuredContent"]["what_to_do"]


def test_a_fault_of_ours_is_no_traceback(
    wire: Callable[[Answer], list[Request]], capsys: pytest.CaptureFixture[str]
) -> None:
    wire(lambda _: Reply(body={"unexpected": True}))
    result = call("list_payments", {})
    assert (result["isError"], result["structuredContent"]["code"]) == (True, "internal_error")
    assert "Traceback" not in json.dumps(result)
    assert "KeyError" in capsys.readouterr().err


def test_what_starts_programs_is_returned_and_not_run() -> None:
    result = call("lose_answers", {"command": ["python", "pay.py", "a b"], "state_command": "python books.py"})
    assert result["structuredContent"]["run"].endswith("lose '--state-command=python books.py' -- python pay.py 'a b'")
