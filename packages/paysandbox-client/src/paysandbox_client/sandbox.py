"""The client: one method per operation of the native API, each a call that is sent again where that is safe."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import quote, urlencode, urlsplit

from paysandbox_client.errors import ApiError, NoAnswerError
from paysandbox_client.operations import Operations
from paysandbox_client.retries import MAX_RETRIES, retry_after_s, wait_before_retry
from paysandbox_client.wire import Answer, Lost, Request, send

TIMEOUT_S: Final = 35.0
"""The API answers within 29 s."""

_SHOWN_MAX: Final = 200


@dataclass(frozen=True)
class Sandbox(Operations):
    """The native API at a base URL, with an API key of a merchant or an operator.

    A body is a dictionary as the API reference describes it, and so is an answer. Amounts are in minor units, times are
    RFC 3339 in UTC. A declined card is an answer, not an error.

    Each call makes one idempotency key (UUID v4), unless it is given one, and sends it with every attempt. At most
    `max_retries` times, a call is sent again: after a lost connection, a 429 and a 500, 502, 503 or 504, with an
    exponential back-off or after the answer's Retry-After. `timeout_s` is that of one attempt. Calls raise ApiError and
    NoAnswerError. A client has no state: threads can share one.
    """

    base_url: str
    api_key: str | None = field(default=None, repr=False)
    donor_token: str | None = field(default=None, repr=False, kw_only=True)
    timeout_s: float = field(default=TIMEOUT_S, kw_only=True)
    max_retries: int = field(default=MAX_RETRIES, kw_only=True)
    pause: Callable[[float], None] = field(default=time.sleep, repr=False, kw_only=True)
    """Waits for so many seconds before a retry."""

    def __post_init__(self) -> None:
        if urlsplit(self.base_url).scheme not in {"http", "https"}:
            raise ValueError(f"{self.base_url!r} does not begin with http:// or https://.")

    def _call(
        self,
        method: str,
        template: str,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
        idempotency_key: str | None = None,
        takes_key: bool = False,
    ) -> Any:
        """Send a call until it is answered, and return the JSON object. Raises ApiError and NoAnswerError."""
        key = (idempotency_key or str(uuid.uuid4())) if takes_key else None
        address = template.format(**{name: quote(value, safe="") for name, value in (path or {}).items()})
        if sent := {name: _query_text(value) for name, value in (query or {}).items() if value is not None}:
            address += f"?{urlencode(sent)}"
        request = Request(
            method,
            self.base_url.rstrip("/") + address,
            {**self._headers(key, has_body=body is not None), **_given(headers or {})},
            None if body is None else json.dumps(body, ensure_ascii=False).encode(),
        )
        return _object_of(self._send(request, repeatable=method != "POST" or key is not None), request, address, key)

    def _headers(self, key: str | None, *, has_body: bool) -> dict[str, str]:
        return _given(
            {
                "Accept": "application/json",
                "User-Agent": "paysandbox-client-python",
                "X-Api-Key": self.api_key,
                "Authorization": None if self.donor_token is None else f"Bearer {self.donor_token}",
                "Content-Type": "application/json" if has_body else None,
                "X-Idempotency-Key": key,
            }
        )

    def _send(self, request: Request, *, repeatable: bool) -> Answer | Lost:
        retries, may_have_arrived = 0, False
        while True:
            result = _whole(send(request, self.timeout_s))
            may_have_arrived = may_have_arrived or not isinstance(result, Lost) or result.was_sent
            wait_s = wait_before_retry(result, repeatable=repeatable, retries=retries, max_retries=self.max_retries)
            if wait_s is None:
                return Lost(result.reason, may_have_arrived) if isinstance(result, Lost) else result
            self.pause(wait_s)
            retries += 1


def _given(headers: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if value is not None}


def _query_text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _whole(result: Answer | Lost) -> Answer | Lost:
    """Return the result. A success that is not a JSON object was cut off on its way, and is as good as none."""
    if isinstance(result, Answer) and _is_success(result.status) and _read(result.content) is None:
        return Lost("the answer is not a JSON object", was_sent=True)
    return result


def _object_of(result: Answer | Lost, request: Request, address: str, key: str | None) -> dict[str, Any]:
    if isinstance(result, Lost):
        message = f"{request.method} {request.url} was not answered: {result.reason}"
        raise NoAnswerError(message, was_sent=result.was_sent, idempotency_key=key)
    content = _read(result.content)
    if content is not None and _is_success(result.status):
        return content
    problem = content or {}
    shown = f"{problem['code']}. {problem.get('detail', '')}" if "code" in problem else _beginning(result.content)
    raise ApiError(
        f"{request.method} {address} was answered with {result.status}: {shown}".rstrip(" :"),
        status=result.status,
        problem=problem,
        request_id=result.headers.get("request-id"),
        retry_after_s=retry_after_s(result),
        idempotency_key=key,
    )


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _read(content: bytes) -> dict[str, Any] | None:
    try:
        read: Any = json.loads(content)
    except ValueError:
        return None
    return cast("dict[str, Any]", read) if isinstance(read, dict) else None


def _beginning(content: bytes) -> str:
    return content[:_SHOWN_MAX].decode(errors="replace")
