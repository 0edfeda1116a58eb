"""What the checks of `paysandbox verify` share: sending a request, comparing its answer, and noting what came of it.

    with shop.check("an unknown id is not found"):
        shop.expect(shop.request(GET_PAYMENT, of="auth_1"), {"code": "resource_not_found"}, status=404)

Whatever fails in the block is a finding, and the next check goes on. Nothing is retried: a user would meet it too.
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

# Between two looks at something that takes its time: often at first, then seldom, as a polite caller does.
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 1.0

_TOLD_LENGTH: Final = 160

# AWS spreads a new key, and the end of an old one, over its gateway within a minute; here it is at once.
SPREAD_S: Final = 90.0
# Meanwhile some of its machines know a new key and others do not. A connection is to one of them: each try has its own.
_SPREAD_TIMES: Final = 5
# An index follows its table within seconds; from the ledger's stream an event goes over topic and queue to its table.
INDEXED_S: Final = 10.0
PUBLISHED_S: Final = 60.0

Json = Mapping[str, Any]
_T = TypeVar("_T")


class Presence(StrEnum):
    """What is expected of a field or header that must not be there, or that may say what it likes."""

    ABSENT = "absent"
    PRESENT = "there"


ABSENT: Final = Presence.ABSENT
PRESENT: Final = Presence.PRESENT


class Outcome(Enum):
    """What became of a check. Not tried is what rests on an answer that never came, or what nothing is set up for."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True)
class Finding:
    """A check and what was seen. `differences` are sentences, empty where all is as expected."""

    chapter: str
    name: str
    outcome: Outcome
    expected: str
    seen: str
    took_ms: float
    differences: tuple[str, ...] = ()
    request_id: str | None = None


class Stopped(Exception):  # noqa: N818 - of the run, by whoever started it
    """The run is to end before all was tried."""


class NotTried(Exception):  # noqa: N818 - of an answer, not of ours
    """What a check rests on is not there."""


class Unlike(Exception):  # noqa: N818 - as above
    """Something is not as expected: its arguments are sentences that say what."""


@dataclass
class Answer:
    """An answer that was as expected. `answer["captures.0.amount"]` is a field of it, by its dotted path."""

    content: bytes
    body: Any
    name: str = ""

    def __getitem__(self, path: str) -> Any:
        found = _at(self.body, path)
        if found is ABSENT:
            raise NotTried(f"the answer {self.name!r} has no {path}")
        return found


class Kept:
    """An answer that later checks go on from. Where it never came they are not tried."""

    def __set_name__(self, _: type[Visit], name: str) -> None:
        self._name = name.replace("_", " ")

    def __get__(self, visit: Visit, _: type[Visit]) -> Answer:
        if self._name not in visit.kept:
            raise NotTried(f"there is no answer {self._name!r} to go on from")
        return visit.kept[self._name]

    def __set__(self, visit: Visit, answer: Answer) -> None:
        answer.name = self._name
        visit.kept[self._name] = answer


@dataclass(frozen=True)
class Place:
    """What checks go by that no answer tells. The run's id is in the names of all that it makes. `stripe_account` is
    the header by which the account of the donations opens the Stripe-compatible API; in AWS it is nobody's to know."""

    run_id: str
    environment: str
    stripe_base_url: str
    stripe_account: str
    expiry_year: int


@dataclass(frozen=True)
class Suite:
    """Chapters by their names, in order, which go on from each other's answers. Suites run side by side, each as a
    merchant of its own, who is called after the run and the suite's name."""

    name: str
    visit: type[Visit]
    chapters: Mapping[str, Callable[[Any], None]]


@dataclass
class Visit:
    """A suite's run, as one merchant and at most one donor.

    `http` talks to the API; `make_key` makes a key and returns its text, `revoke_key` ends it; `sign_in` makes a donor
    and returns a token. A refusal with a code of `unconfigured` is no failure: what it refuses cannot be tried in this
    environment. `stop` ends the run between requests. `began` is told of each check before it is tried.
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
        """Try what belongs together, in order. Raises Stopped."""
        self._chapter, before = name, len(self.findings)
        checks(self)
        return self.findings[before:]

    @contextmanager
    def check(self, name: str) -> Iterator[None]:
        """One promise: what is raised in the block is what came of it. Raises Stopped."""
        if self.stop.is_set():
            raise Stopped
        self.began(name)
        self._expected, self._seen, self._request_id, started = "", "", None, time.monotonic()
        outcome, differences = Outcome.PASSED, ()
        try:
            yield
        except NotTried as why:
            outcome, self._expected, self._seen = Outcome.NOT_TRIED, "", f"not tried: {why}"
        except Unlike as unlike:
            outcome, differences = Outcome.FAILED, unlike.args
        except httpx.RequestError as error:
            self._seen = f"no answer: {type(error).__name__}: {error}"
            outcome, differences = Outcome.FAILED, (self._seen,)
            if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
                self._silent = f"nothing answers at {self.http.base_url}"
        took_ms = (time.monotonic() - started) * 1000
        told = self._expected, self._seen, took_ms, differences, self._request_id
        self.findings.append(Finding(self._chapter, name, outcome, *told))

    def makes_a_key(self) -> None:
        """From now on requests are sent with it."""
        self.api_key = self._asked_of_aws(f"a key of merchant {self.merchant}", self.make_key)

    def has_nothing_in(self, route: Route) -> None:
        """The new key works everywhere, and that list of its merchant's is empty."""
        listed = self.request(route, headers={"Connection": "close"})
        self.expect(listed, {"data.#": 0}, within_s=SPREAD_S, in_a_row=_SPREAD_TIMES)

    def revokes_its_key(self) -> None:
        """Its text is kept: that it opens nothing any more is the next check."""
        if self.api_key is None:
            raise NotTried("there is no key")
        self._asked_of_aws("revoked", self.revoke_key)

    def signs_in(self) -> None:
        """As a new donor."""
        self.token = self._asked_of_aws("a token", self.sign_in)

    def _asked_of_aws(self, expected: str, ask: Callable[[], _T]) -> _T:
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
        of: str | None = None,
        query: Json | None = None,
        headers: Mapping[str, str] | None = None,
        as_nobody: bool = False,
    ) -> httpx.Request:
        """A request of a route, with what opens it unless it comes from nobody. `of` is what its path names.

        `key` names its idempotency key; the run's id goes behind it, since a shared merchant has the keys of all runs.
        """
        if self._silent is not None:
            raise NotTried(self._silent)
        v1 = route.api is Api.V1
        sent = {} if as_nobody else self._access(route)
        if key is not None:
            sent["Idempotency-Key" if v1 else "X-Idempotency-Key"] = self.own(key)
        path = re.sub(r"\{\w+\}", quote(of or "", safe=""), route.path)
        url = f"{self.place.stripe_base_url}/v1{path}" if v1 else path
        content: Any = {} if body is None else {"data" if v1 else "json": body}
        return self.http.build_request(
            route.method, url, params=query or None, headers={**sent, **(headers or {})}, **content
        )

    def own(self, key: str) -> str:
        """An idempotency key of this run alone."""
        return f"{key} of {self.place.run_id}"

    def _access(self, route: Route) -> dict[str, str]:
        if route.access is Access.PUBLIC:
            return {}
        if route.access is Access.DONOR:
            if self.token is None:
                raise NotTried("there is no donor")
            return {"Authorization": f"Bearer {self.token}"}
        if self.api_key is None:
            raise NotTried("there is no key")
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
        """Send the request, and return its answer, which must be this. Raises Unlike, or NotTried.

        `body` goes by dotted fields, `data.#` is how many there are. `same_as` is an answer that must be met byte for
        byte; `contains` are texts of a page. An answer may take `within_s` to become right (a list that is filled from
        a log, a key that AWS spreads): it is asked for again. Where some of AWS's machines may answer rightly and
        others not yet, it must be right so many times `in_a_row`.
        """
        wanted = _Wanted(status, {**(body or {})}, {**(headers or {})}, same_as, contains)
        self._expected = wanted.told()
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
        """Send the request, which must be refused so."""
        return self.expect(request, {"code": str(code), **body}, status=status, within_s=within_s)

    def _answered(
        self, request: httpx.Request, wanted: _Wanted, within_s: float, in_a_row: int
    ) -> tuple[httpx.Response, tuple[str, ...]]:
        """The last answer, and what is wrong with it. Asks until it is right as often as is expected, or it is late."""
        right, pause_s, until = 0, _FIRST_PAUSE_S, time.monotonic() + within_s
        while True:
            answer = self.http.send(request)
            differences = tuple(wanted.differences(answer))
            right = 0 if differences else right + 1
            # A fault is never "not yet": what is broken is told at once, not after all the patience.
            if right == in_a_row or answer.status_code >= 500:
                return answer, differences
            if time.monotonic() + pause_s > until:
                return answer, differences or (f"right {right} times in a row, not {in_a_row}",)
            if differences and self.stop.wait(pause_s):
                raise Stopped
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S) if differences else pause_s


@dataclass(frozen=True)
class _Wanted:
    """What an answer must be, and how that is told."""

    status: int
    body: dict[str, Any]
    headers: dict[str, Any]
    same_as: Answer | None
    contains: Sequence[str]

    def differences(self, answer: httpx.Response) -> Iterator[str]:
        """What is not as expected, the most telling first."""
        if answer.status_code != self.status:
            yield f"the status is {answer.status_code}, not {self.status}"
            return
        body = _json(answer)
        found = [(path, _at(body, path), value) for path, value in self.body.items()]
        found += [(f"the header {name}", answer.headers.get(name, ABSENT), v) for name, v in self.headers.items()]
        yield from (
            f"{what} is {_told(seen)}, not {_told(value)}" for what, seen, value in found if not _is(seen, value)
        )
        if self.same_as is not None and answer.content != self.same_as.content:
            yield f"the bytes are not those of the answer {self.same_as.name!r}"
        yield from (f"{text!r} is nowhere in it" for text in self.contains if text not in answer.text)

    def told(self) -> str:
        """In one line."""
        parts = [str(self.status), *(f"{name} {_told(value)}" for name, value in (self.body | self.headers).items())]
        parts += [f"the bytes of {self.same_as.name!r}"] if self.same_as is not None else []
        return ", ".join([*parts, *(f"with {text!r}" for text in self.contains)])

    def seen(self, answer: httpx.Response) -> str:
        """What an answer has of it, and of a refusal why."""
        body, as_expected = _json(answer), answer.status_code == self.status
        paths = [*self.body] if as_expected or answer.status_code < 400 else []
        reasons = ["error.code", "error.message"] if _at(body, "error") is not ABSENT else ["code", "detail"]
        if answer.status_code >= 400:
            paths = [reasons[0], *(path for path in paths if path not in reasons), reasons[1]]
        if isinstance(body, Mapping):
            values = {path: _at(body, path) for path in paths}
            parts = [f"{path} {_told(v)}" for path, v in values.items() if v is not ABSENT or path not in reasons]
        else:
            parts = [f"{len(answer.content)} bytes of {answer.headers.get('content-type', 'nothing said')}"]
        parts += [f"{name} {answer.headers.get(name, ABSENT)}" for name in self.headers] if as_expected else []
        if self.same_as is not None:
            parts.append("the same bytes" if answer.content == self.same_as.content else "other bytes")
        return ", ".join([str(answer.status_code), *parts])


def _is(found: object, wanted: object) -> bool:
    if wanted is PRESENT:
        return found is not ABSENT and found is not None
    # True == 1 in Python, and no answer may mix them up.
    return found == wanted and type(found) is type(wanted)


def _at(body: Any, path: str) -> Any:
    """The value at a dotted path: names of objects, places in lists, `#` for how many there are."""
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


def _told(value: object) -> str:
    text = f"{len(value)} entries" if isinstance(value, (Mapping, list)) else str(value)
    return text if len(text) <= _TOLD_LENGTH else text[: _TOLD_LENGTH - 1] + "…"


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
