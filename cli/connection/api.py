"""Our own API over HTTP, as any integrator uses it: a base URL, an API key, JSON.

A money request that got no answer is sent again under the same idempotency key: the API acts on it once, however often
it arrives. That is what the key is for, and why this client may retry what others may not.
"""

from __future__ import annotations

import random
import ssl
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import httpx

from cli.terminal.failure import Failure
from cli.terminal.refusal import Refusal
from paysandbox.http.route import Route

_BACKOFF_S: Final = (0.25, 0.5, 1.0)
ATTEMPTS: Final = 1 + len(_BACKOFF_S)
_WAIT_S_MAX: Final = 10.0
_TIMEOUT: Final = httpx.Timeout(35.0, connect=5.0)  # the gateway gives up on a function after 29 s

# "Who knows" and "later": asking again under the same key settles both. A 500 is a fault of ours and is shown at once.
_OUTCOME_UNKNOWN: Final = frozenset({502, 503, 504})
_ASK_AGAIN: Final = _OUTCOME_UNKNOWN | {429}


@dataclass(frozen=True)
class Answer:
    """A 200: its body as it came and as read, and whether it repeats an earlier answer to the same idempotency key."""

    text: str
    body: dict[str, Any]
    replayed: bool = False
    idempotency_key: str | None = None


def fresh_idempotency_key() -> str:
    """A key that nobody used before."""
    return str(uuid.uuid4())


def _say_nothing(_: str) -> None:
    """Where nobody listens."""


@dataclass(frozen=True)
class Api:
    """One merchant's access to one sandbox, by its key; or a donor's, by a token.

    `say` is told, in a sentence, of every retry, and `pause` waits before it. `transport` is httpx's: what is on the
    other end of the wire.
    """

    base_url: str
    api_key: str | None = field(repr=False)
    say: Callable[[str], None] = _say_nothing
    pause: Callable[[float], None] = time.sleep
    transport: httpx.BaseTransport | None = None
    token: str | None = field(default=None, repr=False)

    def get(
        self, route: Route, *, path: Mapping[str, str] | None = None, query: Mapping[str, Any] | None = None
    ) -> Answer:
        """Read. Raises Refusal for a problem, Failure when there is no answer of the API's."""
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        return self._ask(route.method, _fill(route.path, path or {}), params=asked or None)

    def post(
        self,
        route: Route,
        body: Mapping[str, Any] | None,
        *,
        idempotency_key: str,
        path: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Do something, once for this key. Raises Refusal for a problem, Failure when the outcome could not be learnt.

        None is sent where the route takes no body.
        """
        try:
            return self._ask(
                route.method, _fill(route.path, path or {}), key=idempotency_key, headers=headers, json=body
            )
        except KeyboardInterrupt:
            self.say(f"Interrupted. {_unknown(idempotency_key)}")
            raise

    def change(self, route: Route, *, path: Mapping[str, str], body: Mapping[str, Any] | None = None) -> Answer:
        """Change or delete something, which done twice is done once. Raises as `get` does."""
        return self._ask(route.method, _fill(route.path, path), json=body)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        **content: Any,
    ) -> Answer:
        headers = {"Accept": "application/json", **self._credentials(), **(headers or {})}
        if key is not None:
            headers["X-Idempotency-Key"] = key
        with client_of(self.base_url, self.transport) as client:
            return _read(self._send(client, client.build_request(method, path, headers=headers, **content), key), key)

    def _credentials(self) -> dict[str, str]:
        key = {} if self.api_key is None else {"X-Api-Key": self.api_key}
        return key if self.token is None else {**key, "Authorization": f"Bearer {self.token}"}

    def _send(self, client: httpx.Client, request: httpx.Request, key: str | None) -> httpx.Response:
        same = ", with the same idempotency key" if key else ""
        may_have_arrived = False
        for attempt, backoff_s in enumerate(_BACKOFF_S, start=1):
            met = _send_once(client, request)
            if isinstance(met, httpx.Response) and met.status_code not in _ASK_AGAIN:
                return met
            may_have_arrived |= _may_have_arrived(met)
            wait_s = _wait_s(met, backoff_s)
            self.say(f"{_why(met)}; trying again in {wait_s:.1f} s{same} ({attempt + 1} of {ATTEMPTS}).")
            self.pause(wait_s)
        met = _send_once(client, request)
        if isinstance(met, httpx.Response):
            return met
        raise Failure(
            f"{_why(met)} at {self.base_url} (asked {ATTEMPTS} times).",
            _unknown(key) if key and (may_have_arrived or _may_have_arrived(met)) else "See `paysandbox status`.",
        )


def client_of(base_url: str, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """An HTTP client of a sandbox, which retries nothing by itself."""
    url = httpx.URL(base_url)
    # A proxy of the caller's is not asked for a port of this machine.
    here = url.host in {"127.0.0.1", "localhost", "::1"}
    # Reading the certificate authorities takes longer than a local request, and plain HTTP needs none of them.
    trusted = True if url.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.Client(base_url=url, timeout=_TIMEOUT, transport=transport, trust_env=not here, verify=trusted)


def _send_once(client: httpx.Client, request: httpx.Request) -> httpx.Response | httpx.RequestError:
    try:
        return client.send(request)
    except (httpx.LocalProtocolError, httpx.UnsupportedProtocol) as error:
        raise Failure(f"The request cannot be sent: {error}") from error
    except httpx.RequestError as error:
        return error


def _read(response: httpx.Response, key: str | None) -> Answer:
    try:
        body = response.json()
    except ValueError:
        body = None
    if response.status_code == 200 and isinstance(body, dict):
        return Answer(response.text, body, response.headers.get("idempotent-replayed") == "true", key)
    if isinstance(body, dict) and {"code", "title"} <= body.keys():
        raise Refusal(response.text, body, key)
    raise Failure(
        f"{response.request.url} answered {response.status_code}, and not as this API does: {response.text[:200]!r}",
        _unknown(key)
        if key and response.status_code in _OUTCOME_UNKNOWN
        else "Is it a Payments Sandbox? See `paysandbox status`.",
    )


def _unknown(key: str) -> str:
    return (
        "Whether it took effect is not known. "
        f"The same command with --idempotency-key {key} finds out, and does nothing twice."
    )


def _may_have_arrived(met: httpx.Response | httpx.RequestError) -> bool:
    if isinstance(met, httpx.Response):
        return met.status_code in _OUTCOME_UNKNOWN
    return not isinstance(met, (httpx.ConnectError, httpx.ConnectTimeout))


def _why(met: httpx.Response | httpx.RequestError) -> str:
    match met:
        case httpx.Response():
            return f"The answer was {met.status_code}"
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return "Nothing answers"
        case httpx.TimeoutException():
            return "No answer came in time"
        case _:
            return "The connection broke"


def _wait_s(met: httpx.Response | httpx.RequestError, backoff_s: float) -> float:
    asked = met.headers.get("retry-after", "") if isinstance(met, httpx.Response) else ""
    if asked.isascii() and asked.isdigit():
        return min(float(asked), _WAIT_S_MAX)
    # Jitter, so that many clients that one fault has hit do not come back all at once.
    return backoff_s * random.uniform(0.8, 1.2)


def _fill(path: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path
