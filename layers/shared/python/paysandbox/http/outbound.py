"""HTTP requests to providers: with time-outs, without redirects or retries, and with answers of a bounded size."""

import json
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, cast

import certifi
import urllib3
from urllib3.exceptions import HTTPError

from paysandbox.core.record import record

CONNECT_S: Final = 3.0
READ_S: Final = 10.0
"""Providers answer within seconds. A request that creates a payment can take that long."""

MAX_ANSWER_BYTES: Final = 1_000_000
_PIECE: Final = 65_536
_RETRY_AFTER_MAX_S: Final = 86_400


class NoAnswerError(Exception):
    """The provider gave no complete answer. The message is a reason for the log."""


@record
class JsonAnswer:
    """A complete answer: its status, its body if that is a JSON object, and for how long to wait, if it says so."""

    status: int
    body: Mapping[str, Any] | None
    retry_after_s: int | None = None


def request(method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> JsonAnswer:
    """Send one request, and return the answer, whatever its status. Raises NoAnswerError."""
    status, content, answered = fetch(method, url, headers=headers, body=body, at_most=MAX_ANSWER_BYTES)
    try:
        read = json.loads(content) if content else None
    except ValueError:
        if status < 300:
            raise NoAnswerError("answer_malformed") from None
        read = None
    found = cast("Mapping[str, Any]", read) if isinstance(read, Mapping) else None
    return JsonAnswer(status, found, _seconds(answered.get("retry-after")))


def fetch(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, at_most: int
) -> tuple[int, bytes, Mapping[str, str]]:
    """Send one request, and return the status, the body and the headers (names in lower case). Raises NoAnswerError."""
    until = time.monotonic() + CONNECT_S + READ_S
    try:
        response = _pool().request(
            method, url, headers=headers, body=body, redirect=False, retries=False, preload_content=False
        )
        try:
            content = _read(response, at_most, until)
        except BaseException:
            response.close()  # the rest of the answer must not be read as the next one
            raise
        response.release_conn()
    except (HTTPError, OSError) as error:
        raise NoAnswerError(type(error).__name__) from None  # the error's text has the URL
    return response.status, content, {name.lower(): value for name, value in response.headers.items()}


def _read(response: urllib3.BaseHTTPResponse, at_most: int, until: float) -> bytes:
    content = b""
    # A cut answer is an error of urllib3, which knows the length. `read` would wait until a whole piece is there.
    while piece := response.read1(_PIECE, decode_content=False):
        content += piece
        if len(content) > at_most:
            raise NoAnswerError("answer_too_large")
        if time.monotonic() > until:
            raise NoAnswerError("answer_too_slow")
    return content


def _seconds(text: str | None) -> int | None:
    if text is None or not text.strip().isascii() or not text.strip().isdigit():
        return None
    return min(int(text.strip()[:9]), _RETRY_AFTER_MAX_S)


@cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(
        maxsize=16,
        timeout=urllib3.Timeout(connect=CONNECT_S, read=READ_S),
        ca_certs=certifi.where(),
        cert_reqs="CERT_REQUIRED",
    )
