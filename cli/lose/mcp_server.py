"""Starts an MCP server and calls its tools over stdio, as an agent does: JSON-RPC 2.0, a message a line.

Source: Model Context Protocol, specification of 2025-06-18, "Lifecycle", "Transports" and "Tools".
"""

from __future__ import annotations

import json
import queue
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any, Final, cast

from cli.lose.command import kill_group
from cli.lose.mcp_answer import ToolAnswer, read_answer
from cli.lose.mcp_tools import Tool, read_tool
from cli.terminal.failure import Failure

PROTOCOL: Final = "2025-06-18"

_ADVICE: Final = "Check the command of --mcp. It has to speak MCP over stdin and stdout."
_METHOD_NOT_FOUND: Final = -32601
_PAGES_MAX: Final = 100
# A program that left the process group may keep the pipe open.
_PIPE_S: Final = 1.0
_TAIL: Final = 4_000
_TAIL_LINES: Final = 8


class _NoAnswer(Exception):  # noqa: N818 - of a call it is a result
    """The server gave no answer: it ended, or the time was over."""


class McpServer:
    """A server that is running, in a process group of its own. Raises Failure if it cannot be started."""

    def __init__(self, words: Sequence[str], env: Mapping[str, str]) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        try:
            self._process = subprocess.Popen(
                [*words],
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                start_new_session=True,
            )
        except OSError as error:
            self._stderr.close()
            raise Failure(f"{words[0]} cannot be run: {error.strerror}.", "Check the command of --mcp.") from error
        self._stdin = cast("IO[bytes]", self._process.stdin)
        self._stdout = cast("IO[bytes]", self._process.stdout)
        self._closed = threading.Event()
        self._last_id = 0
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, name="mcp", daemon=True)
        self._reader.start()

    @property
    def tail(self) -> str:
        """The end of what it wrote to stderr."""
        self._stderr.seek(0)
        return self._stderr.read().decode("utf-8", "replace")[-_TAIL:]

    @property
    def has_ended(self) -> bool:
        """Whether it closed its output. Its process may take a moment longer to end."""
        return self._closed.is_set()

    def initialize(self, limit_s: float) -> None:
        """Shake hands. Raises Failure without an answer."""
        client = {"name": "paysandbox lose", "version": "1"}
        self._expect(
            "initialize", {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client}, limit_s=limit_s
        )
        self._send({"method": "notifications/initialized"})

    def tools(self, limit_s: float) -> list[Tool]:
        """Return its tools. Raises Failure without an answer."""
        found: list[Tool] = []
        params: dict[str, Any] = {}
        for _ in range(_PAGES_MAX):
            page = self._expect("tools/list", params, limit_s=limit_s)
            found += [read_tool(each) for each in page.get("tools") or ()]
            if not page.get("nextCursor"):
                break
            params = {"cursor": page["nextCursor"]}
        return found

    def call(self, name: str, arguments: Mapping[str, Any], limit_s: float) -> ToolAnswer:
        """Call a tool. Without an answer in time, the call has failed and is canceled."""
        try:
            return read_answer(self._ask("tools/call", {"name": name, "arguments": {**arguments}}, limit_s))
        except _NoAnswer as error:
            with suppress(_NoAnswer):
                self._send({"method": "notifications/cancelled", "params": {"requestId": self._last_id}})
            return ToolAnswer(failed=True, text=str(error))

    def close(self) -> None:
        """End it, and what it started."""
        kill_group(self._process)
        self._reader.join(_PIPE_S)
        for stream in (self._stdin, self._stderr, *(() if self._reader.is_alive() else (self._stdout,))):
            with suppress(OSError):
                stream.close()

    def _expect(self, method: str, params: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        try:
            answer = self._ask(method, params, limit_s)
        except _NoAnswer as error:
            raise Failure([f"The MCP server did not answer {method}: {error}.", *self._last_lines()], _ADVICE) from None
        result = answer.get("result")
        if not isinstance(result, dict):
            reason = (answer.get("error") or {}).get("message", "no result")
            raise Failure([f"The MCP server refused {method}: {reason}.", *self._last_lines()], _ADVICE)
        return result

    def _last_lines(self) -> list[str]:
        return self.tail.splitlines()[-_TAIL_LINES:]

    def _ask(self, method: str, params: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        """Send a request and return its answer. Raises _NoAnswer."""
        self._last_id += 1
        self._send({"id": self._last_id, "method": method, "params": params})
        for message in self._arriving(time.monotonic() + limit_s):
            if "method" in message:
                self._answer(message)
            elif message.get("id") == self._last_id:
                return message
        raise _NoAnswer(f"no answer within {limit_s:.0f} s")

    def _arriving(self, until: float) -> Iterator[dict[str, Any]]:
        while True:
            try:
                message = self._messages.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                return
            if message is None:
                self._messages.put(None)
                raise _NoAnswer("the server ended")
            yield message

    def _answer(self, message: Mapping[str, Any]) -> None:
        """Answer what the server asks of its client: `ping`, and nothing else. Notifications have no ID."""
        if "id" not in message:
            return
        refused = {"error": {"code": _METHOD_NOT_FOUND, "message": "Method not found"}}
        self._send({"id": message["id"], **({"result": {}} if message["method"] == "ping" else refused)})

    def _send(self, message: Mapping[str, Any]) -> None:
        line = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False) + "\n"
        try:
            self._stdin.write(line.encode())
            self._stdin.flush()
        except OSError:
            raise _NoAnswer("the server ended") from None

    def _read(self) -> None:
        """Read messages until the server ends. Lines that are none are left out, though it may not write any."""
        with suppress(OSError, ValueError):
            for line in self._stdout:
                with suppress(ValueError):
                    value: Any = json.loads(line)
                    for message in value if isinstance(value, list) else [value]:
                        if isinstance(message, dict):
                            self._messages.put(message)
        self._closed.set()
        self._messages.put(None)
