"""The transport over HTTP: which requests are answered, with which status, and which headers have to match."""

import base64
import json
from typing import Any

import pytest
from typer.main import get_command

from cli.main import app
from cli.mcp.behind_http import offered
from cli.mcp.http import HttpAnswer, respond
from cli.mcp.program import Program
from cli.mcp.protocol import LEGACY, MODERN, VERSION_MEMBER, Server
from cli.mcp.tools import TOOLS

JSON = {"content-type": "application/json"}
META = {VERSION_MEMBER: MODERN[0], "io.modelcontextprotocol/clientCapabilities": {}}


@pytest.fixture(scope="module")
def program() -> Program:
    return Program(get_command(app))


@pytest.fixture(scope="module")
def server(program: Program) -> Server:
    return Server(program, offered(program))


def message(method: str = "ping", number: Any = 1, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def modern(method: str, **params: Any) -> dict[str, Any]:
    return message(method, **params, _meta=META)


def headers(method: str, name: str | None = None, version: str = MODERN[0]) -> dict[str, str]:
    given = {"mcp-protocol-version": version, "mcp-method": method}
    return JSON | given | ({} if name is None else {"mcp-name": name})


def send(server: Server, body: Any, **given: str) -> HttpAnswer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return respond(server.answer, {name.replace("_", "-"): value for name, value in given.items()}, content)


@pytest.mark.parametrize("version", [None, *LEGACY])
def test_a_client_that_shook_hands_is_answered(server: Server, version: str | None) -> None:
    given = JSON | ({} if version is None else {"mcp-protocol-version": version})
    assert send(server, message(), **given) == HttpAnswer(200, {"jsonrpc": "2.0", "id": 1, "result": {}})
    unknown = send(server, message("no/such"), **given)
    assert (unknown.status, unknown.body["error"]["code"]) == (200, -32601)


def test_notifications_and_responses_are_accepted(server: Server) -> None:
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert send(server, note, **JSON) == HttpAnswer(202)
    assert send(server, {"jsonrpc": "2.0", "id": 7, "result": {}}, **JSON) == HttpAnswer(202)


@pytest.mark.parametrize(
    "body, given, status, code",
    [
        (b"{}", {}, 415, -32600),
        (b"{}", {"content-type": "text/plain"}, 415, -32600),
        (b"{}", {"content-type": "Application/JSON; charset=utf-8"}, 200, -32600),
        (b"{", JSON, 400, -32700),
        (b"[" * 100_000, JSON, 400, -32700),
        (b"\xff", JSON, 400, -32700),
        (message(), JSON | {"mcp-protocol-version": "1900-01-01"}, 400, -32022),
        (message(number=None), JSON, 200, -32600),
        ([], JSON, 400, -32600),
        ([message()], headers("ping", version="2025-11-25"), 400, -32600),
    ],
)  # fmt: skip
def test_what_is_not_a_message_is_refused(
    server: Server, body: Any, given: dict[str, str], status: int, code: int
) -> None:
    answer = send(server, body, **given)
    assert (answer.status, answer.body["error"]["code"]) == (status, code)


def test_a_batch_is_answered_together(server: Server) -> None:
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    answer = send(server, [message(number=1), note, message(number="b")], **JSON)
    assert (answer.status, [each["id"] for each in answer.body]) == (200, [1, "b"])
    assert send(server, [note], **JSON) == HttpAnswer(202)


URI = "paysandbox://docs/é"
IN_BASE64 = f"=?base64?{base64.b64encode(URI.encode()).decode()}?="

MODERN_ROWS: list[tuple[Any, dict[str, str], int, int | None]] = [
    (modern("server/discover"), headers("server/discover"), 200, None),
    (modern("tools/call", name="list_fault_kinds"), headers("tools/call", "list_fault_kinds"), 200, None),
    (modern("tools/call", name="no_such"), headers("tools/call", "no_such"), 400, -32602),
    (modern("resources/read", uri=URI), headers("resources/read", IN_BASE64), 400, -32602),
    (modern("no/such"), headers("no/such"), 404, -32601),
    # Each header that says something else, or nothing.
    (modern("tools/list"), headers("tools/call"), 400, -32020),
    (modern("tools/list"), headers("tools/list", version="2025-11-25"), 400, -32020),
    (modern("tools/list"), JSON, 400, -32020),
    (modern("tools/list"), {**JSON, "mcp-protocol-version": MODERN[0]}, 400, -32020),
    (modern("tools/call", name="list_fault_kinds"), headers("tools/call"), 400, -32020),
    (modern("tools/call", name="list_fault_kinds"), headers("tools/call", "lose_answers"), 400, -32020),
    (modern("resources/read", uri=URI), headers("resources/read", "=?base64?%%%?="), 400, -32020),
    (message("tools/list"), headers("tools/list"), 400, -32020),
]


@pytest.mark.parametrize("body, given, status, code", MODERN_ROWS)
def test_headers_of_2026_07_28_repeat_the_message(
    server: Server, body: Any, given: dict[str, str], status: int, code: int | None
) -> None:
    answer = send(server, body, **given)
    assert (answer.status, answer.body.get("error", {}).get("code")) == (status, code), answer


def test_the_tools_are_those_that_a_key_opens(program: Program, server: Server) -> None:
    left_out = {"sandbox_status", "read_logs", "get_clock", "advance_clock", "run_settlement"}
    assert {tool.name for tool in TOOLS} - {tool.name for tool in offered(program)} == left_out
    for name in left_out:
        answer = send(server, message("tools/call", name=name), **JSON)
        assert answer.body["error"]["message"] == f"There is no tool {name}."
