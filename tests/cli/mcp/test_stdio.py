"""The server over stdin and stdout: order, pings, cancellation, batches, and lines that are no messages."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.lose.mcp_server import McpServer
from cli.mcp.stdio import MAX_LINE, Answer, serve

PROGRAM = Path(sys.executable).with_name("paysandbox")
LIMIT_S = 20.0


def request(number: int, method: str = "work") -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method}


def answered(message: Any) -> dict[str, Any] | None:
    """Answer every request with its method."""
    if "id" not in message:
        return None
    return {"jsonrpc": "2.0", "id": message["id"], "result": message["method"]}


class Conversation:
    """The client's ends of the two pipes."""

    def __init__(self, answer: Answer) -> None:
        stdin, self._to = os.pipe()
        from_, stdout = os.pipe()
        self._from = os.fdopen(from_, "rb")
        self._serving = threading.Thread(target=serve, args=(answer, stdin, stdout))
        self._serving.start()
        self._theirs = (stdin, stdout)

    def send(self, *lines: Any) -> None:
        for line in lines:
            text = line if isinstance(line, bytes) else json.dumps(line).encode()
            left = text + b"\n"
            while left:
                left = left[os.write(self._to, left) :]

    def receive(self) -> Any:
        return json.loads(self._from.readline())

    def end(self) -> None:
        """End stdin, and wait for the server."""
        os.close(self._to)
        self._serving.join(LIMIT_S)
        assert not self._serving.is_alive()
        for descriptor in self._theirs:
            os.close(descriptor)

    def close(self) -> None:
        self._from.close()


@pytest.fixture
def talk() -> Iterator[Callable[[Answer], Conversation]]:
    """Return a function that starts a server with answers."""
    started: list[Conversation] = []

    def start(answer: Answer) -> Conversation:
        started.append(Conversation(answer))
        return started[-1]

    yield start
    for each in started:
        each.close()


def test_answers_come_in_order_and_all_before_the_end(talk: Callable[[Answer], Conversation]) -> None:
    it = talk(answered)
    it.send(request(1), {"jsonrpc": "2.0", "method": "notifications/initialized"}, b"", request(2))
    it.end()
    assert [it.receive()["id"], it.receive()["id"]] == [1, 2]
    with pytest.raises(ValueError, match="Expecting value"):
        it.receive()


def test_a_ping_is_answered_while_a_call_runs(talk: Callable[[Answer], Conversation]) -> None:
    may_end = threading.Event()

    def slow(message: Any) -> dict[str, Any] | None:
        if message["method"] == "work":
            assert may_end.wait(LIMIT_S)
        return answered(message)

    it = talk(slow)
    it.send(request(1), request(2, "ping"))
    assert it.receive()["id"] == 2
    may_end.set()
    assert it.receive()["id"] == 1
    it.end()


def test_a_canceled_request_is_not_answered(talk: Callable[[Answer], Conversation]) -> None:
    running, may_end = threading.Event(), threading.Event()
    done: list[int] = []

    def slow(message: Any) -> dict[str, Any] | None:
        done.append(message["id"])
        running.set()
        assert may_end.wait(LIMIT_S)
        return answered(message)

    it = talk(slow)
    it.send(request(1), request(2), request(3))
    assert running.wait(LIMIT_S)
    for number in (1, 2):
        it.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}})
    it.send(b"{")  # its refusal says that all before it was read
    assert it.receive()["error"]["code"] == -32700
    may_end.set()
    assert it.receive()["id"] == 3
    it.end()
    assert done == [1, 3]


def test_a_batch_is_answered_as_one(talk: Callable[[Answer], Conversation]) -> None:
    it = talk(answered)
    it.send([request(1), {"jsonrpc": "2.0", "method": "notifications/initialized"}, request(2)])
    assert [each["id"] for each in it.receive()] == [1, 2]
    it.end()


@pytest.mark.parametrize("line", [b"{", b"\xff\xfe", b"[" * 100_000, b'"' + b"a" * MAX_LINE + b'"'])
def test_a_line_that_is_no_message_is_refused_and_the_next_one_answered(
    talk: Callable[[Answer], Conversation], line: bytes
) -> None:
    it = talk(answered)
    it.send(line, request(1))
    assert it.receive()["error"]["code"] == -32700
    assert it.receive()["id"] == 1
    it.end()


def test_the_program_serves_tools_without_a_sandbox(tmp_path: Path) -> None:
    env = {**os.environ, "PAYSANDBOX_HOME": str(tmp_path)}
    with closing(McpServer([str(PROGRAM), "mcp"], env)) as server:
        server.initialize(LIMIT_S)
        assert "explain_request" in {tool.name for tool in server.tools(LIMIT_S)}
        answer = server.call("list_payments", {}, LIMIT_S)
        assert answer.failed
        assert "paysandbox up" in answer.text
        assert not server.call("list_test_cards", {"brand": "amex"}, LIMIT_S).failed


def test_the_program_ends_with_its_stdin(tmp_path: Path) -> None:
    env = {**os.environ, "PAYSANDBOX_HOME": str(tmp_path)}
    lines = "".join(f"{json.dumps(each)}\n" for each in (request(1, "ping"), request(2, "tools/list")))
    done = subprocess.run(
        [PROGRAM, "mcp"], input=lines, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, 2]
