"""The Streamable HTTP transport of the Model Context Protocol: the answer to the body of a POST.

Source: Model Context Protocol, specification of 2026-07-28, "Streamable HTTP" and "Server Validation"; for clients that
shake hands first, those of 2025-11-25 to 2025-03-26, "Streamable HTTP" and "Batching". No session is kept and nothing
is streamed, so each message is answered by itself, as JSON. The engine has checked who sends it (engine/wall/mcp.py).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from cli.mcp.protocol import (
    INVALID_REQUEST,
    LEGACY,
    METHOD_NOT_FOUND,
    MODERN,
    UNSUPPORTED_VERSION,
    VERSION_MEMBER,
    ProtocolError,
    error_response,
    parse_error,
)

HEADER_MISMATCH: Final = -32020

_VERSION: Final = "mcp-protocol-version"
_METHOD: Final = "mcp-method"
_NAME: Final = "mcp-name"
# The parameter that Mcp-Name repeats.
_NAMED: Final = {"tools/call": "name", "resources/read": "uri"}
_ENCODED: Final = ("=?base64?", "?=")
_OF_CODES: Final = {METHOD_NOT_FOUND: HTTPStatus.NOT_FOUND}
"""The statuses of errors in 2026-07-28. All others are a 400."""


@dataclass(frozen=True)
class HttpAnswer:
    """A status, and the JSON of the body. A notification is accepted without one."""

    status: int
    body: Any = None


def respond(answer: Callable[[Any], Any], headers: Mapping[str, str], body: bytes) -> HttpAnswer:
    """Return the response to a POST. `answer` is the server's, and header names are in lower case."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        refusal = ProtocolError(INVALID_REQUEST, "The body is not application/json.")
        return HttpAnswer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, error_response(None, refusal))
    try:
        message: Any = json.loads(body)
    except (ValueError, RecursionError):
        return HttpAnswer(HTTPStatus.BAD_REQUEST, parse_error())
    if isinstance(message, list):
        return _batch(answer, headers, message)
    try:
        _check(headers, message)
    except ProtocolError as error:
        request_id: Any = message.get("id") if isinstance(message, dict) else None
        return HttpAnswer(HTTPStatus.BAD_REQUEST, error_response(request_id, error))
    response = answer(message)
    if response is None:
        return HttpAnswer(HTTPStatus.ACCEPTED)
    return HttpAnswer(_status(response, is_modern=headers.get(_VERSION) in MODERN), response)


def _batch(answer: Callable[[Any], Any], headers: Mapping[str, str], messages: list[Any]) -> HttpAnswer:
    """Return the responses to a batch, which only 2025-03-26 has. Its clients send no version."""
    if not messages or _VERSION in headers:
        refusal = ProtocolError(INVALID_REQUEST, "Send each message by itself.")
        return HttpAnswer(HTTPStatus.BAD_REQUEST, error_response(None, refusal))
    responses = [response for message in messages if (response := answer(message)) is not None]
    return HttpAnswer(HTTPStatus.OK, responses) if responses else HttpAnswer(HTTPStatus.ACCEPTED)


def _check(headers: Mapping[str, str], message: Any) -> None:
    """Raise ProtocolError if the headers name another version, or say something else than the message."""
    version, stated = headers.get(_VERSION), _stated_version(message)
    if version is not None and version not in (*MODERN, *LEGACY):
        data = {"supported": [*MODERN, *LEGACY], "requested": version}
        raise ProtocolError(UNSUPPORTED_VERSION, "Unsupported protocol version", data)
    if version not in MODERN and stated not in MODERN:
        return
    if version != stated:
        raise ProtocolError(HEADER_MISMATCH, "MCP-Protocol-Version is not the version of the message.")
    method = message.get("method")
    if headers.get(_METHOD) != method:
        raise ProtocolError(HEADER_MISMATCH, "Mcp-Method is not the method of the message.")
    named = message["params"].get(_NAMED.get(method, ""))
    if named is not None and _decoded(headers.get(_NAME)) != named:
        raise ProtocolError(HEADER_MISMATCH, f"Mcp-Name is not the {_NAMED[method]} of the message.")


def _stated_version(message: Any) -> Any:
    """Return the version in a message, or None if it states none."""
    params: Any = message.get("params") if isinstance(message, dict) else None
    meta: Any = params.get("_meta") if isinstance(params, dict) else None
    return meta.get(VERSION_MEMBER) if isinstance(meta, dict) else None


def _decoded(value: str | None) -> str | None:
    """Return the text of a header, which is in Base64 if a header cannot carry it."""
    before, after = _ENCODED
    if value is None or not (value.startswith(before) and value.endswith(after)):
        return value
    try:
        return base64.b64decode(value[len(before) : -len(after)], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _status(response: Mapping[str, Any], *, is_modern: bool) -> int:
    error: Any = response.get("error")
    if not is_modern or error is None:
        return HTTPStatus.OK
    return _OF_CODES.get(error["code"], HTTPStatus.BAD_REQUEST)
