"""The framework of `paysandbox verify`: sends a request, compares the response, and records the result.

    with shop.check("an unknown id is not found"):
        shop.expect(shop.request(GET_PAYMENT, of="auth_1"), {"code": "resource_not_found"}, status=404)

A failure in the block is recorded, and the next check runs. Nothing is retried, since a user would see the failure too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from threading import Event
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx

from cli.terminal.failure import from_exception
from paysandbox.core.errors import Code
from paysandbox.http.route import Access, Api, Route

# Pauses while waiting for an eventually consistent result: short at first, then longer.
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 1.0

_SHOWN_LENGTH: Final = 160

# In AWS, API Gateway accepts a new key and rejects a revoked one within a minute; the local engine does so at once.
SPREAD_S: Final = 90.0
# Until then some of its hosts know the key and others do not, so every attempt uses a new connection.
_SPREAD_TIMES: Final = 5
# An index is updated within seconds. An event goes from the ledger's stream through a topic and a queue.
INDEXED_S: Final = 10.0
PUBLISHED_S: Final = 60.0

Json = Mapping[str, Any]
_T = TypeVar("_T")


class Presence(StrEnum):
    """The expectation that a field or header is absent, or has any value."""

    ABSENT = "absent"
    PRESENT = "present"


ABSENT: Final = Presence.ABSENT
PRESENT: Final = Presence.PRESENT


class Outcome(Enum):
    """The outcome of a check. A check that needs a missing response or configuration is not tried."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True)
class Finding:
    """The result of a check. `differences` are sentences, and empty if it passed."""

    chapter: str
    name: str
    outcome: Outcome
    expected: str
    seen: str
    took_ms: float
    differences: tuple[str, ...] = ()
    request_id: str | None = None


class Stopped(Exception):  # noqa: N818 - of the run, by whoever started it
    """The run was stopped."""


class NotTried(Exception):  # noqa: N818 - of an answer, not of ours
    """A check cannot run: something that it needs is missing."""


class Unlike(Exception):  # noqa: N818 - of an answer, not of ours
    """The check failed. The arguments are sentences."""


@dataclass
class Answer:
    """A response that passed its check. `answer["captures.0.amount"]` is a field, by its dotted path."""

    content: bytes
    body: Any
    name: str = ""

    def __getitem__(self, path: str) -> Any:
        found = _at(self.body, path)
        if found is ABSENT:
            raise NotTried(f"the response {self.name!r} has no {path}")
        return found


class Kept:
    """A response that later checks need. Without it, they do not run."""

    def __set_name__(self, _: type[Visit], name: str) -> None:
        self._name = name.replace("_", " ")

    def __get__(self, visit: Visit, _: type[Visit]) -> Answer:
        if self._name not in visit.kept:
            raise NotTried(f"the response {self._name!r} is missing")
        return visit.kept[self._name]

    def __set__(self, visit: Visit, answer: Answer) -> None:
        answer.name = self._name
        visit.kept[self._name] = answer


@dataclass(frozen=True)
class Place:
    """Settings of a run. Its ID is part of every name that it creates.

    `stripe_account` is the Authorization header of the donations' Stripe account. In AWS it is unknown. `dashboard_url`
    is the URL of the dashboard in AWS, or "".
    """

    run_id: str
    environment: str
    stripe_base_url: str
    stripe_account: str
    expiry_year: int
    dashboard_url: str = ""


@dataclass(frozen=True)
class Suite:
    """Chapters by name, in order; later ones use responses of earlier ones.

    Suites run in parallel, each as its own merchant, named after the run and the suite.
    """

    name: str
    visit: type[Visit]
    chapters: Mapping[str, Callable[[Any], None]]


@dataclass
class Visit:
    """A suite's run, as one merchant and at most one donor.

    `http` sends requests; `make_key` creates an API key and returns it, `revoke_key` revokes it; `sign_in` creates a
    donor and returns a token. An error with a code of `unconfigured` is not a failure: the check cannot run in this
    environment. `stop` ends the run between requests. `began` is called with the name of each check before it runs.
    """

    http: httpx.Client
    place: Place
    merchant: str
    make_key: Callable[[], str]
    revoke_key: Callable[[], None]
    sign_in: Callable[[], str]
    unconfigured: frozenset[str] = frozenset()
    stop: Event = field(default_factory=Event)
    began: Callable[[str], None] = lambda _: None
    api_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    kept: dict[str, Answer] = field(default_factory=dict[str, Answer], repr=False)
    findings: list[Finding] = field(default_factory=list[Finding])
    _silent: str | None = None
    _chapter: str = ""
    _expected: str = ""
    _seen: str = ""
    _request_id: str | None = None

    def chapter(self, name: str, checks: Callable[[Any], None]) -> list[Finding]:
        """Run a chapter's checks in order. Raises Stopped."""
        self._chapter, before = name, len(self.findings)
        checks(self)
        return self.findings[before:]

    @contextmanager
    def check(self, name: str) -> Iterator[None]:
        """Run the block as one check; an exception in it decides the outcome. Raises Stopped."""
        if self.stop.is_set():
            raise Stopped
        self.began(name)
        self._expected, self._seen, self._request_id, started = "", "", None, time.monotonic()
        outcome, differences = Outcome.PASSED, ()
        try:
            yield
        except NotTried as why:
            outcome, self._expected, self._seen = Outcome.NOT_TRIED, "", f"not run: {why}"
        except Unlike as unlike:
            outcome, differences = Outcome.FAILED, unlike.args
        except httpx.RequestError as error:
            self._seen = f"no response: {type(error).__name__}: {error}"
            outcome, differences = Outcome.FAILED, (self._seen,)
            if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
                self._silent = f"no connection to {self.http.base_url}"
        took_ms = (time.monotonic() - started) * 1000
        details = self._expected, self._seen, took_ms, differences, self._request_id
        self.findings.append(Finding(self._chapter, name, outcome, *details))

    def makes_a_key(self) -> None:
        """Create an API key and send it with every further request."""
        self.api_key = self._call_aws(f"an API key for merchant {self.merchant}", self.make_key)

    def has_nothing_in(self, route: Route) -> None:
        """Expect that the new API key is accepted everywhere, and that the merchant's list is empty."""
        listed = self.request(route, headers={"Connection": "close"})
        self.expect(listed, {"data.#": 0}, within_s=SPREAD_S, in_a_row=_SPREAD_TIMES)

    def revokes_its_key(self) -> None:
        """Revoke the API key. It is still sent, since the next check expects it to be rejected."""
        if self.api_key is None:
            raise NotTried("there is no API key")
        self._call_aws("revoked", self.revoke_key)

    def signs_in(self) -> None:
        """Create a donor and sign in."""
        self.token = self._call_aws("a token", self.sign_in)

    def _call_aws(self, expected: str, ask: Callable[[], _T]) -> _T:
        if self._silent is not None:
            raise NotTried(self._silent)
        self._expected = self._seen = expected
        try:
            return ask()
        except Exception as error:
            failure = from_exception(error)
            if failure is None:
                raise
            self._seen = failure.message
            raise Unlike(failure.message) from None

    def request(
        self,
        route: Route,
        key: str | None = None,
        body: Json | None = None,
        *,
        of: str | Sequence[str] | None = None,
        query: Json | None = None,
        headers: Mapping[str, str] | None = None,
        as_nobody: bool = False,
    ) -> httpx.Request:
        """Return a request to a route, with credentials unless `as_nobody`. `of` is what its path parameters are.

        `key` is the idempotency key, to which the run's ID is appended, since runs share merchants.
        """
        if self._silent is not None:
            raise NotTried(self._silent)
        v1 = route.api is Api.V1
        sent = {} if as_nobody else self._access(route)
        if key is not None:
            sent["Idempotency-Key" if v1 else "X-Idempotency-Key"] = self.own(key)
        values = iter([of] if isinstance(of, str) else of or ())
        path = re.sub(r"\{\w+\}", lambda _: quote(next(values, ""), safe=""), route.path)
        url = f"{self.place.stripe_base_url}/v1{path}" if v1 else path
        content: Any = {} if body is None else {"data" if v1 or route.form else "json": body}
        return self.http.build_request(
            route.method, url, params=query or None, headers={**sent, **(headers or {})}, **content
        )

    def own(self, key: str) -> str:
        """Return an idempotency key that is unique to this run."""
        return f"{key} of {self.place.run_id}"

    def _access(self, route: Route) -> dict[str, str]:
        if route.access is Access.PUBLIC:
            return {}
        if route.access is Access.DONOR:
            if self.token is None:
                raise NotTried("there is no donor")
            return {"Authorization": f"Bearer {self.token}"}
        if self.api_key is None:
            raise NotTried("there is no API key")
        return {"Authorization": f"Bearer {self.api_key}"} if route.api is Api.V1 else {"X-Api-Key": self.api_key}

    def expect(
        self,
        request: httpx.Request,
        body: Json | None = None,
        *,
        status: int = 200,
        headers: Json | None = None,
        same_as: Answer | None = None,
        contains: Sequence[str] = (),
        within_s: float = 0.0,
        in_a_row: int = 1,
    ) -> Answer:
        """Send the request and return the response, which must match. Raises Unlike or NotTried.

        `body` maps dotted paths to values; `data.#` is a length. `same_as` is a response whose bytes must be equal;
        `contains` are texts of a page. A response may take `within_s` to match (an index, a key that AWS propagates,
        Stripe); the request is repeated until then. Where AWS hosts may disagree for a while, it must match `in_a_row`
        times.
        """
        wanted = _Wanted(status, {**(body or {})}, {**(headers or {})}, same_as, contains)
        self._expected = wanted.summary()
        answer, differences = self._answered(request, wanted, within_s, in_a_row)
        found = _json(answer)
        code = found.get("code") if answer.status_code >= 400 and isinstance(found, Mapping) else None
        if code in self.unconfigured:
            raise NotTried(f"{code}: {found.get('detail')}")
        self._seen = wanted.seen(answer)
        self._request_id = answer.headers.get("request-id") or answer.headers.get("x-amzn-requestid")
        if differences:
            raise Unlike(*differences)
        return Answer(answer.content, found)

    def refused(
        self, request: httpx.Request, status: int, code: Code, *, within_s: float = 0.0, **body: object
    ) -> Answer:
        """Send the request, which must be rejected with this status and code."""
        return self.expect(request, {"code": str(code), **body}, status=status, within_s=within_s)

    def _answered(
        self, request: httpx.Request, wanted: _Wanted, within_s: float, in_a_row: int
    ) -> tuple[httpx.Response, tuple[str, ...]]:
        """Return the last response and its differences.

        Repeats the request until it matches often enough or time is up.
        """
        right, pause_s, until = 0, _FIRST_PAUSE_S, time.monotonic() + within_s
        while True:
            answer = self.http.send(request)
            differences = tuple(wanted.differences(answer))
            right = 0 if differences else right + 1
            # A 5xx is never eventual consistency: it fails the check at once, unless it is Stripe that did not respond.
            if right == in_a_row or (answer.status_code >= 500 and not _stripe_is_unavailable(answer)):
                return answer, differences
            if time.monotonic() + pause_s > until:
                return answer, differences or (f"it matched {right} times in a row, not {in_a_row}",)
            if differences and self.stop.wait(pause_s):
                raise Stopped
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S) if differences else pause_s


@dataclass(frozen=True)
class _Wanted:
    """The expected response."""

    status: int
    body: dict[str, Any]
    headers: dict[str, Any]
    same_as: Answer | None
    contains: Sequence[str]

    def differences(self, answer: httpx.Response) -> Iterator[str]:
        """Yield the differences, most important first."""
        if answer.status_code != self.status:
            yield f"the status is {answer.status_code}, not {self.status}"
            return
        body = _json(answer)
        found = [(path, _at(body, path), value) for path, value in self.body.items()]
        found += [(f"header {name}", answer.headers.get(name, ABSENT), v) for name, v in self.headers.items()]
        yield from (
            f"{what} is {_abbreviated(seen)}, not {_abbreviated(value)}"
            for what, seen, value in found
            if not _is(seen, value)
        )
        if self.same_as is not None and answer.content != self.same_as.content:
            yield f"the body differs from that of the response {self.same_as.name!r}"
        yield from (f"{text!r} is missing" for text in self.contains if text not in answer.text)

    def summary(self) -> str:
        """Return the expectation in one line."""
        parts = [
            str(self.status),
            *(f"{name} {_abbreviated(value)}" for name, value in (self.body | self.headers).items()),
        ]
        parts += [f"the same body as {self.same_as.name!r}"] if self.same_as is not None else []
        return ", ".join([*parts, *(f"containing {text!r}" for text in self.contains)])

    def seen(self, answer: httpx.Response) -> str:
        """Return the response in one line: the expected fields, and the reason of an error."""
        body, as_expected = _json(answer), answer.status_code == self.status
        paths = [*self.body] if as_expected or answer.status_code < 400 else []
        reasons = ["error.code", "error.message"] if _at(body, "error") is not ABSENT else ["code", "detail"]
        if answer.status_code >= 400:
            paths = [reasons[0], *(path for path in paths if path not in reasons), reasons[1]]
        if isinstance(body, Mapping):
            values = {path: _at(body, path) for path in paths}
            parts = [
                f"{path} {_abbreviated(v)}" for path, v in values.items() if v is not ABSENT or path not in reasons
            ]
        else:
            parts = [f"{len(answer.content)} bytes of {answer.headers.get('content-type', 'an unknown type')}"]
        parts += [f"{name} {answer.headers.get(name, ABSENT)}" for name in self.headers] if as_expected else []
        if self.same_as is not None:
            parts.append("the same body" if answer.content == self.same_as.content else "another body")
        return ", ".join([str(answer.status_code), *parts])


def _stripe_is_unavailable(answer: httpx.Response) -> bool:
    found = _json(answer)
    return isinstance(found, Mapping) and _at(found, "code") == str(Code.STRIPE_UNAVAILABLE)


def _is(found: object, wanted: object) -> bool:
    if wanted is PRESENT:
        return found is not ABSENT and found is not None
    # In Python True == 1, but a response must not confuse them.
    return found == wanted and type(found) is type(wanted)


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


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
