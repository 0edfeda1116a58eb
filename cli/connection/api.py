"""The sandbox's API over HTTP, as any client uses it: a base URL, an API key, JSON.

A write that got no response is retried with the same idempotency key. The API performs it at most once, so retrying is
safe.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote, urlencode, urlsplit

from cli.connection.credentials import where_from
from cli.connection.http_client import (
    Disconnected,
    NoResponse,
    NotConnected,
    Request,
    Response,
    TimedOut,
    Unsendable,
    send,
)
from cli.terminal.failure import Failure
from cli.terminal.refusal import Refusal
from paysandbox.core.this_machine import is_this_machine

if TYPE_CHECKING:
    import httpx

_BACKOFF_S: Final = (0.25, 0.5, 1.0)
ATTEMPTS: Final = 1 + len(_BACKOFF_S)
_WAIT_S_MAX: Final = 10.0

# Statuses that are retried with the same key. A 500 is a bug in the sandbox and is shown at once.
_OUTCOME_UNKNOWN: Final = frozenset({502, 503, 504})
_RETRIED: Final = _OUTCOME_UNKNOWN | {429}

_KEY_REFUSED: Final = 401

RUN_AGAIN: Final = "Run the same command with --idempotency-key"
"""How the advice after an unknown outcome begins. The key follows."""

# What is accepted now and done later is a 202.
_SUCCESS: Final = frozenset({200, 202})

# Characters that stay as typed in a path or query; all others are percent-encoded.
_PATH_SAFE: Final = "/?&=%:,+@!$'()*;~"


class Endpoint(Protocol):
    """The parts of a route that a request needs."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...


@dataclass(frozen=True)
class Answer:
    """A 200 or 202: its body as text and parsed, and whether it replays a response to the same idempotency key."""

    text: str
    body: dict[str, Any]
    replayed: bool = False
    idempotency_key: str | None = None


def fresh_idempotency_key() -> str:
    """Return a new, unique idempotency key."""
    return str(uuid.uuid4())


def _ignore(_: str) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Api:
    """One merchant's access to one sandbox, by API key, or a donor's, by token.

    `say` reports every retry in a sentence, and `pause` waits before it. `send` sends one request.
    """

    base_url: str
    api_key: str | None = field(repr=False)
    say: Callable[[str], None] = _ignore
    pause: Callable[[float], None] = time.sleep
    send: Callable[[Request], Response] = send
    token: str | None = field(default=None, repr=False)

    def get(
        self, route: Endpoint, *, path: Mapping[str, str] | None = None, query: Mapping[str, Any] | None = None
    ) -> Answer:
        """Send a read request. Raises Refusal for a problem, and Failure if the API did not respond."""
        wanted = {name: _query_text(value) for name, value in (query or {}).items() if value is not None}
        address = _fill(route.path, path or {}) + (f"?{urlencode(wanted, doseq=True)}" if wanted else "")
        return self._exchange(route.method, address)

    def post(
        self,
        route: Endpoint,
        body: Mapping[str, Any] | None,
        *,
        idempotency_key: str,
        path: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a write request, performed at most once per key. A body of None is not sent.

        Raises Refusal for a problem, and Failure if the outcome is unknown.
        """
        try:
            address = _fill(route.path, path or {})
            return self._exchange(route.method, address, key=idempotency_key, headers=headers, body=body)
        except KeyboardInterrupt:
            self.say(f"Interrupted. {_unknown(idempotency_key)}")
            raise

    def change(self, route: Endpoint, *, path: Mapping[str, str], body: Mapping[str, Any] | None = None) -> Answer:
        """Send an update or a deletion, which is safe to repeat. Raises as `get` does."""
        return self._exchange(route.method, _fill(route.path, path), body=body)

    def request(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Response:
        """Send any request and return the response, whatever its status. `headers` include the credentials.

        A write needs an idempotency key, since it may be retried. Raises Failure if there is no response.
        """
        address = f"{self.base_url.rstrip('/')}{quote(path, safe=_PATH_SAFE)}"
        return self._send(Request(method, address, headers or {}, content), idempotency_key)

    def _exchange(
        self,
        method: str,
        address: str,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        sent = {"Accept": "application/json", **self._credentials(), **(headers or {})}
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        if content is not None:
            sent["Content-Type"] = "application/json"
        if key is not None:
            sent["X-Idempotency-Key"] = key
        request = Request(method, self.base_url.rstrip("/") + address, sent, content)
        return _read(request, self._send(request, key), key, self.api_key)

    def _credentials(self) -> dict[str, str]:
        key = {} if self.api_key is None else {"X-Api-Key": self.api_key}
        return key if self.token is None else {**key, "Authorization": f"Bearer {self.token}"}

    def _send(self, request: Request, key: str | None) -> Response:
        same = ", with the same idempotency key" if key else ""
        may_have_arrived = False
        for attempt, backoff_s in enumerate(_BACKOFF_S, start=1):
            result = self._send_once(request)
            if isinstance(result, Response) and result.status not in _RETRIED:
                return result
            may_have_arrived |= _may_have_arrived(result)
            wait_s = _wait_s(result, backoff_s)
            self.say(f"{_why(result)}. Retrying in {wait_s:.1f} s{same} (attempt {attempt + 1} of {ATTEMPTS}).")
            self.pause(wait_s)
        result = self._send_once(request)
        if isinstance(result, Response):
            return result
        raise Failure(
            f"{_why(result)} at {self.base_url} (tried {ATTEMPTS} times).",
            _unknown(key) if key and (may_have_arrived or _may_have_arrived(result)) else "See `paysandbox status`.",
        )

    def _send_once(self, request: Request) -> Response | NoResponse:
        try:
            return self.send(request)
        except Unsendable as error:
            raise Failure(f"The request cannot be sent: {error}") from error
        except NoResponse as nothing:
            return nothing


def client_of(base_url: str) -> httpx.Client:
    """Return a pooled HTTP client for a sandbox, for commands that send many requests. It retries nothing by itself."""
    import httpx

    from cli.connection.http_client import TIMEOUT_S
    from cli.connection.trust import https_context, plain_context

    where = urlsplit(base_url)
    trusted = https_context() if where.scheme == "https" else plain_context()
    timeout = httpx.Timeout(TIMEOUT_S, connect=5.0)
    here = is_this_machine(where.hostname or "")
    return httpx.Client(base_url=base_url, timeout=timeout, trust_env=not here, verify=trusted)


def _read(request: Request, response: Response, key: str | None, api_key: str | None) -> Answer:
    try:
        body = json.loads(response.content)
    except ValueError:
        body = None
    if response.status in _SUCCESS and isinstance(body, dict):
        return Answer(response.text, body, response.headers.get("idempotent-replayed") == "true", key)
    if isinstance(body, dict) and {"code", "title"} <= body.keys():
        raise Refusal(response.text, body, key, where_from(api_key) if response.status == _KEY_REFUSED else None)
    raise Failure(
        f"{request.url} returned {response.status}, which is not a response of this API: {response.text[:200]!r}",
        _unknown(key)
        if key and response.status in _OUTCOME_UNKNOWN
        else "Is a Payments Sandbox running there? See `paysandbox status`.",
    )


def _unknown(key: str) -> str:
    return f"The outcome is not known. {RUN_AGAIN} {key} to find out; nothing is performed twice."


def _may_have_arrived(result: Response | NoResponse) -> bool:
    if isinstance(result, Response):
        return result.status in _OUTCOME_UNKNOWN
    return not isinstance(result, NotConnected)


def _why(result: Response | NoResponse) -> str:
    match result:
        case Response():
            return f"The response was {result.status}"
        case NotConnected():
            return "Connection failed"
        case TimedOut():
            return "The request timed out"
        case Disconnected():
            return "The connection was closed"
        case _:
            return "No response"


def retry_after_s(headers: Mapping[str, str]) -> int | None:
    """Return the seconds of `Retry-After`, or None without one or with a date (RFC 9110, section 10.2.3)."""
    text = headers.get("retry-after", "")
    # Nine digits are more than anybody waits, and int() refuses thousands of them.
    return int(text[:9]) if text.isascii() and text.isdigit() else None


def _wait_s(result: Response | NoResponse, backoff_s: float) -> float:
    seconds = retry_after_s(result.headers) if isinstance(result, Response) else None
    if seconds is not None:
        return min(seconds, _WAIT_S_MAX)
    # Jitter, so that clients that failed at the same time do not all retry at the same time.
    return backoff_s * random.uniform(0.8, 1.2)


def _query_text(value: object) -> object:
    """Return a query value. Booleans have JSON's spelling, as the API expects. A list becomes a repeated parameter."""
    return str(value).lower() if isinstance(value, bool) else value


def _fill(path: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path
