"""The Model Context Protocol, as a server: the answer to each message of a client.

Source: Model Context Protocol, specification of 2026-07-28, "Versioning and Compatibility", "Discovery", "Tools",
"Resources" and "Prompts"; for clients that shake hands first, that of 2025-11-25, "Lifecycle". No request depends on
an earlier one, so both kinds of clients are answered alike; only a result of 2026-07-28 says more of itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.mcp.answers import answer_of, failed, refused, succeeded
from cli.mcp.arguments import BadArgument, schema_of, words_of
from cli.mcp.program import Program
from cli.mcp.prompts import PROMPTS, BadPrompt, prompt_named
from cli.mcp.resources import TEMPLATES, NoSuchResource, listed_resources, read_resource
from cli.mcp.tools import TOOLS, Tool
from cli.terminal.output import print_fault, runnable
from paysandbox import TITLE, VERSION

MODERN: Final = ("2026-07-28",)
"""Versions whose requests say which one they have."""

LEGACY: Final = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""Versions that begin with a handshake, the latest first."""

INSTRUCTIONS: Final = (
    "A fake card processor for tests, with a Stripe-compatible API. It moves no money and takes published test cards "
    "only. Amounts are in minor units. Each tool that moves money takes an idempotency_key: repeat a call that failed "
    "with the same key, and nothing is done twice. When the application's request fails, call explain_request with its "
    "Request-Id. search_docs and get_docs_page have the documentation."
)

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
UNSUPPORTED_VERSION: Final = -32022
# Up to 2025-11-25. Later, a resource that is not there is an invalid parameter.
_RESOURCE_NOT_FOUND: Final = -32002

_META: Final = "io.modelcontextprotocol/"
VERSION_MEMBER: Final = f"{_META}protocolVersion"
"""The member of `_meta` in which a modern request says its version."""
_CAPABILITIES: Final = f"{_META}clientCapabilities"
_SERVER: Final = {"name": "paysandbox", "title": TITLE, "version": VERSION}
# The tools change with this program alone, and what is read may change at any time.
_DAY_MS: Final = 86_400_000

Result = dict[str, Any]


class ProtocolError(Exception):
    """A request that is not served, with the code and data of JSON-RPC."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


@dataclass(frozen=True)
class Server:
    """Answers messages by running commands of the program, those of its tools."""

    program: Program
    tools: Sequence[Tool] = TOOLS

    def answer(self, message: Any) -> dict[str, Any] | None:
        """Return the response to a message, or None to a notification or a response, which have none."""
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            return error_response(None, ProtocolError(INVALID_REQUEST, "The message is not an object of JSON-RPC 2.0."))
        if "method" not in message or "id" not in message:
            return None
        request_id: Any = message["id"]
        if not isinstance(request_id, (str, int)) or isinstance(request_id, bool):
            return error_response(None, ProtocolError(INVALID_REQUEST, "The ID is neither a text nor a whole number."))
        try:
            result = self._result(str(message["method"]), message.get("params") or {})
        except ProtocolError as error:
            return error_response(request_id, error)
        return {"jsonrpc": "2.0", "id": request_id, "result": result}

    def _result(self, method: str, params: Any) -> Result:
        if not isinstance(params, dict):
            raise ProtocolError(INVALID_PARAMS, "params is not an object.")
        is_modern = _is_modern(params)
        methods: Mapping[str, Callable[[Mapping[str, Any]], Result]] = {
            "initialize": _initialized,
            "ping": lambda _: {},
            "server/discover": lambda _: {"supportedVersions": [*MODERN, *LEGACY], "serverInfo": _SERVER, **_about()},
            "tools/list": lambda _: {"tools": [self.described(tool) for tool in self.tools]},
            "tools/call": self._call,
            "prompts/list": lambda _: {"prompts": [prompt.described() for prompt in PROMPTS]},
            "prompts/get": _prompted,
            "resources/list": lambda _: {"resources": listed_resources(self.program)},
            "resources/templates/list": lambda _: {"resourceTemplates": [*TEMPLATES]},
            "resources/read": lambda given: self._read(given, is_modern=is_modern),
        }
        if method not in methods:
            raise ProtocolError(METHOD_NOT_FOUND, f"There is no method {method}.")
        result = methods[method](params)
        if not is_modern:
            return result
        cached = {} if method == "tools/call" else {"ttlMs": 0 if method == "resources/read" else _DAY_MS}
        scope = {"cacheScope": "private"} if cached else {}
        return {"resultType": "complete", **result, **cached, **scope, "_meta": {f"{_META}serverInfo": _SERVER}}

    def described(self, tool: Tool) -> dict[str, Any]:
        """Return a tool as clients list it."""
        return {
            "name": tool.name,
            "title": tool.title,
            "description": tool.description,
            "inputSchema": schema_of(tool, self.program.command(tool.command)),
            "annotations": tool.annotations,
        }

    def _call(self, params: Mapping[str, Any]) -> Result:
        tool = next((each for each in self.tools if each.name == params.get("name")), None)
        arguments: Any = params.get("arguments") or {}
        if tool is None:
            raise ProtocolError(INVALID_PARAMS, f"There is no tool {params.get('name')}.")
        if not isinstance(arguments, dict):
            raise ProtocolError(INVALID_PARAMS, "arguments is not an object.")
        try:
            words = words_of(tool, self.program.command(tool.command), arguments, self.program.connection)
            if tool.printed:
                return succeeded({"run": _printed(words), "then": "Run it in a shell, as the user permits."})
            return answer_of(self.program.run(words))
        except BadArgument as bad:
            return refused(bad)
        except Exception as fault:  # noqa: BLE001 - a fault of ours ends a call, and not the server
            print_fault(type(fault), fault, fault.__traceback__)
            return failed("internal_error", "The tool failed by a fault of its own.", "Report it.")

    def _read(self, params: Mapping[str, Any], *, is_modern: bool) -> Result:
        uri = str(params.get("uri"))
        try:
            return {"contents": [read_resource(self.program, uri)]}
        except NoSuchResource as missing:
            code = INVALID_PARAMS if is_modern else _RESOURCE_NOT_FOUND
            raise ProtocolError(code, str(missing), {"uri": uri}) from None


def parse_error() -> dict[str, Any]:
    """Return the response to a message that is not JSON."""
    return error_response(None, ProtocolError(PARSE_ERROR, "The message is not JSON."))


def error_response(request_id: str | int | None, error: ProtocolError) -> dict[str, Any]:
    """Return the response to a request that is not served."""
    data = {} if error.data is None else {"data": error.data}
    return {"jsonrpc": "2.0", "id": request_id, "error": {"code": error.code, "message": str(error), **data}}


def _initialized(params: Mapping[str, Any]) -> Result:
    """Return the version that the client asks for, or the latest of those that shake hands."""
    requested = params.get("protocolVersion")
    return {"protocolVersion": requested if requested in LEGACY else LEGACY[0], "serverInfo": _SERVER, **_about()}


def _prompted(params: Mapping[str, Any]) -> Result:
    arguments: Any = params.get("arguments") or {}
    if not isinstance(arguments, dict):
        raise ProtocolError(INVALID_PARAMS, "arguments is not an object.")
    try:
        return prompt_named(params.get("name")).filled(arguments)
    except BadPrompt as bad:
        raise ProtocolError(INVALID_PARAMS, str(bad)) from None


def _about() -> Result:
    return {"capabilities": {"tools": {}, "resources": {}, "prompts": {}}, "instructions": INSTRUCTIONS}


def _is_modern(params: Mapping[str, Any]) -> bool:
    """Return whether a request says its version. Raises ProtocolError for one that is not served."""
    meta: Any = params.get("_meta")
    if not isinstance(meta, dict) or VERSION_MEMBER not in meta:
        return False
    if meta[VERSION_MEMBER] not in MODERN:
        data = {"supported": [*MODERN, *LEGACY], "requested": meta[VERSION_MEMBER]}
        raise ProtocolError(UNSUPPORTED_VERSION, "Unsupported protocol version", data)
    if not isinstance(meta.get(_CAPABILITIES), dict):
        raise ProtocolError(INVALID_PARAMS, f"_meta has no {_CAPABILITIES}.")
    return True


def _printed(words: list[str]) -> str:
    import shlex

    return runnable(f"paysandbox {shlex.join(words)}")


def encoded(message: Any) -> str:
    """Return a message as a line without its end."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
