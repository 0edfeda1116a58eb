"""A response, compared with what is expected of it: its status, fields by dotted path, headers, bytes or texts.

payment = shop.send(GET_PAYMENT, of="auth_1")
assert payment.has({"status": "captured", "captures.#": 1}), "a payment is shown"
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final

import httpx

from paysandbox.core.errors import Code

# Pauses while waiting for an eventually consistent result: short at first, then longer.
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 1.0

_SHOWN_LENGTH: Final = 160

# In AWS, API Gateway accepts a new key and rejects a revoked one within a minute; the local engine does so at once.
KEY_SPREAD_S: Final = 90.0
# An index is updated within seconds. An event goes from the ledger's stream through a topic and a queue.
INDEXED_S: Final = 10.0
PUBLISHED_S: Final = 60.0
# CloudWatch delivers log lines within seconds.
LOGGED_S: Final = 90.0

Json = Mapping[str, Any]


class Presence(StrEnum):
    """The expectation that a field or header is absent, or has any value."""

    ABSENT = "absent"
    PRESENT = "present"


ABSENT: Final = Presence.ABSENT
PRESENT: Final = Presence.PRESENT


class NotRun(Exception):  # noqa: N818 - not an error
    """A check cannot run: something that it needs is missing."""


@dataclass(frozen=True)
class Comparison:
    """A response in one line, and the expected one. `differences` are sentences, and empty if it matches."""

    expected: str = ""
    seen: str = ""
    differences: tuple[str, ...] = ()
    request_id: str | None = None


@dataclass
class Response:
    """The response to a request, which `send` sends again where a result may take a while.

    `compared` is called with every comparison, `pause` waits for seconds. An error with a code of `unconfigured` is not
    a failure: the check cannot run in this environment.
    """

    request: httpx.Request
    send: Callable[[httpx.Request], httpx.Response]
    pause: Callable[[float], None]
    compared: Callable[[Comparison], None]
    unconfigured: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Send the request."""
        self._http = self.send(self.request)

    def __getitem__(self, path: str) -> Any:
        """Return a field by its dotted path, such as `captures.0.amount`. Raises AssertionError if it is absent."""
        value = _at(_json(self._http), path)
        assert value is not ABSENT, f"the response has {path}"
        return value

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        return self._http.content

    def has(
        self,
        body: Json | None = None,
        *,
        status: int = 200,
        headers: Json | None = None,
        same_as: Response | None = None,
        contains: Sequence[str] = (),
        within_s: float = 0.0,
        in_a_row: int = 1,
    ) -> bool:
        """Return whether the response is as expected. Raises NotRun if the environment lacks a configuration.

        `body` maps dotted paths to values; `data.#` is a length. `same_as` is a response whose bytes must be equal;
        `contains` are texts of a page. A response may take `within_s` to match (an index, a key that AWS propagates,
        Stripe); the request is repeated until then. Where AWS hosts may disagree for a while, it must match `in_a_row`
        times.
        """
        expected = _Expected(status, {**(body or {})}, {**(headers or {})}, same_as, contains)
        matches, pause_s, until = 0, _FIRST_PAUSE_S, time.monotonic() + within_s
        while True:
            differences = tuple(expected.differences(self._http))
            matches = 0 if differences else matches + 1
            # A 5xx is never eventual consistency: it fails the check at once, unless it is Stripe that did not respond.
            if matches == in_a_row or (self._http.status_code >= 500 and not self._stripe_is_unavailable):
                break
            if time.monotonic() + pause_s > until:
                differences = differences or (f"it matched {matches} times in a row, not {in_a_row}",)
                break
            if differences:
                self.pause(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            self._http = self.send(self.request)
        if self._error_code in self.unconfigured:
            raise NotRun(f"{self._error_code}: {_at(_json(self._http), 'detail')}")
        request_id = self._http.headers.get("request-id") or self._http.headers.get("x-amzn-requestid")
        self.compared(Comparison(expected.summary(), expected.seen(self._http), differences, request_id))
        return not differences

    def is_refused(self, status: int, code: Code, *, within_s: float = 0.0, **body: object) -> bool:
        """Return whether the request was rejected with this status and code."""
        return self.has({"code": str(code), **body}, status=status, within_s=within_s)

    def is_stripe_error(self, status: int, kind: str, **error: object) -> bool:
        """Return whether the request was rejected with this error of Stripe's."""
        fields = {f"error.{name}": value for name, value in {"type": kind, **error}.items()}
        return self.has(fields, status=status)

    @property
    def _error_code(self) -> object:
        return _at(_json(self._http), "code") if self._http.status_code >= 400 else None

    @property
    def _stripe_is_unavailable(self) -> bool:
        return self._error_code == str(Code.STRIPE_UNAVAILABLE)


def is_upstream_error(response: httpx.Response) -> bool:
    """Return whether no function answered: `upstream_error`, or Stripe's `api_error` at /v1. It can be repeated."""
    if response.status_code != HTTPStatus.BAD_GATEWAY:
        return False
    body = _json(response)
    return _at(body, "code") == str(Code.UPSTREAM_ERROR) or _at(body, "error.type") == "api_error"


@dataclass(frozen=True)
class _Expected:
    status: int
    body: dict[str, Any]
    headers: dict[str, Any]
    same_as: Response | None
    contains: Sequence[str]

    def differences(self, response: httpx.Response) -> Iterator[str]:
        """Yield the differences, most important first."""
        if response.status_code != self.status:
            yield f"the status is {response.status_code}, not {self.status}"
            return
        body = _json(response)
        found = [(path, _at(body, path), value) for path, value in self.body.items()]
        found += [(f"header {name}", response.headers.get(name, ABSENT), v) for name, v in self.headers.items()]
        for name, seen, value in found:
            if not _is(seen, value):
                yield f"{name} is {_abbreviated(seen)}, not {_abbreviated(value)}"
        if self.same_as is not None and response.content != self.same_as.content:
            yield "the body differs from that of the first response"
        yield from (f"{text!r} is missing" for text in self.contains if text not in response.text)

    def summary(self) -> str:
        """Return the expectation in one line."""
        fields = (f"{name} {_abbreviated(value)}" for name, value in (self.body | self.headers).items())
        same = [] if self.same_as is None else ["the same body as the first response"]
        return ", ".join([str(self.status), *fields, *same, *(f"containing {text!r}" for text in self.contains)])

    def seen(self, response: httpx.Response) -> str:
        """Return the response in one line: the expected fields, and the reason of an error."""
        body, as_expected = _json(response), response.status_code == self.status
        paths = [*self.body] if as_expected or response.status_code < 400 else []
        reasons = ["error.code", "error.message"] if _at(body, "error") is not ABSENT else ["code", "detail"]
        if response.status_code >= 400:
            paths = [reasons[0], *(path for path in paths if path not in reasons), reasons[1]]
        if isinstance(body, Mapping):
            values = {path: _at(body, path) for path in paths}
            parts = [f"{path} {_abbreviated(v)}" for path, v in values.items() if v is not ABSENT or path in self.body]
        else:
            parts = [f"{len(response.content)} bytes of {response.headers.get('content-type', 'an unknown type')}"]
        parts += [f"{name} {response.headers.get(name, ABSENT)}" for name in self.headers] if as_expected else []
        if self.same_as is not None:
            parts.append("the same body" if response.content == self.same_as.content else "another body")
        return ", ".join([str(response.status_code), *parts])


def _is(seen: object, value: object) -> bool:
    if value is PRESENT:
        return seen is not ABSENT and seen is not None
    # In Python True == 1, but a response must not confuse them.
    return seen == value and type(seen) is type(value)


def _at(body: Any, path: str) -> Any:
    """Return the value at a dotted path of names and list indexes; `#` is a list's length."""
    for part in path.split("."):
        if part == "#" and isinstance(body, list):
            body = len(body)
        elif isinstance(body, list) and part.isdigit() and int(part) < len(body):
            body = body[int(part)]
        elif isinstance(body, Mapping) and part in body:
            body = body[part]
        else:
            return ABSENT
    return body


def _abbreviated(value: object) -> str:
    text = f"{len(value)} entries" if isinstance(value, (Mapping, list)) else str(value)
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
