"""The client of an MCP server, on a small one: the handshake, the tools, calls, and servers that do not answer."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from cli.lose.mcp_server import McpServer
from cli.lose.mcp_tools import HINTS, Tool, called_lines, refutations, tool_facts
from cli.terminal.failure import Failure
from tests.support.tools.waiting import until

TOOLS = Path(__file__).with_name("agent_tools.py")
LIMIT_S = 10.0
REFUND = {"payment": "auth_1", "amount": 3000}

Start = Callable[[str], McpServer]


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts the server in a version."""
    with ExitStack() as stack:

        def started(version: str) -> McpServer:
            words = [sys.executable, "-I", "-S", str(TOOLS), version]
            return stack.enter_context(closing(McpServer(words, os.environ)))

        yield started


def test_tools_are_listed_from_all_pages(start: Start) -> None:
    server = start("talks")
    server.initialize(LIMIT_S)
    hints = {"readOnlyHint": False, "destructiveHint": True, "idempotentHint": False}
    assert server.tools(LIMIT_S) == [Tool("read_payment"), Tool("create_refund", hints)]


def test_a_server_may_ask_its_client(start: Start) -> None:
    server = start("talks")
    server.initialize(LIMIT_S)
    server.tools(LIMIT_S)
    lines = until(lambda: server.tail.splitlines() if server.tail.count("\n") == 3 else None, "three messages")
    heard = [json.loads(line) for line in lines]
    assert [(each.get("method"), each.get("id"), each.get("result")) for each in heard] == [
        ("notifications/initialized", None, None),
        (None, "p", {}),
        (None, "r", None),
    ]
    assert heard[2]["error"]["code"] == -32601


@pytest.mark.parametrize(
    "version, failed, text",
    [
        ("idle", False, "done"),
        ("fails", True, "Failed to create refund"),
        ("protocol-error", True, "Internal error"),
    ],
)
def test_answers(start: Start, version: str, failed: bool, text: str) -> None:
    server = start(version)
    server.initialize(LIMIT_S)
    answer = server.call("create_refund", REFUND, LIMIT_S)
    assert (answer.failed, answer.text) == (failed, text)


def test_a_call_without_an_answer_in_time_fails(start: Start) -> None:
    server = start("sleeps")
    server.initialize(LIMIT_S)
    answer = server.call("create_refund", REFUND, 0.1)
    assert (answer.failed, answer.text) == (True, "no answer within 0 s")
    assert not server.has_ended


@pytest.mark.parametrize(
    "words, said",
    [
        (("no-such-program",), "no-such-program cannot be run"),
        ((sys.executable, str(TOOLS), "deaf"), "did not answer initialize: the server ended"),
        ((sys.executable, str(TOOLS), "refuses"), "refused initialize: Unsupported protocol version"),
        (("true",), "did not answer initialize: the server ended"),
    ],
)
def test_what_is_no_server(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(Failure) as failed, closing(McpServer(words, os.environ)) as server:
        server.initialize(LIMIT_S)
    assert said in failed.value.message


def test_tools_in_words() -> None:
    wrong = Tool("refund", {"idempotentHint": True}, called=True, refuted="POST /v1/refunds made re_2")
    tools = [Tool("read"), wrong]
    assert called_lines(tools)[0] == "Tool refund, called: idempotentHint true"
    assert called_lines(tools)[1].startswith("1 other tool: ")
    assert refutations(tools) == [
        "refund claims idempotentHint and is not idempotent: POST /v1/refunds made re_2.",
    ]
    assert tool_facts(tools[0]) == {"name": "read", "called": False, "hints": dict.fromkeys(HINTS), "refuted": None}
