"""Checks of a deployed sandbox from outside: what is asked of it, what is expected, what was seen.

A check is data: a request whose parts may come out of earlier answers, and what its answer must be. So a new promise
is a row (`cli/promises.py`), and whoever reads the rows reads what is promised.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from threading import Event
from typing import Any, Final
from urllib.parse import quote

import httpx

from cli.failure import from_exception
from paysandbox.routes.route import Api

# Between two looks at something that takes its time: often at first, then seldom, as a polite caller does.
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 1.0

_TOLD_LENGTH: Final = 160


@dataclass(frozen=True)
class Of:
    """A field of an answer that an earlier check kept: `Of("sale", "captures.0.transaction_id")`.

    The answer `run` is there from the start: its `id`, `environment`, `merchant`, `expiry_year` of a card that is
    valid, and `stripe_base_url`, where Stripe's clients find the API. `before` cuts a text where that stands in it.
    """

    kept: str
    field: str
    before: str | None = None


@dataclass(frozen=True)
class KeyOfRun:
    """An idempotency key: this name with the run's id behind it, since a shared merchant has the keys of all runs."""

    name: str


class Presence(Enum):
    """What is expected of a field or header that must not be there, or that may say what it likes."""

    ABSENT = "absent"
    PRESENT = "there"

    def __str__(self) -> str:
        return self.value


ABSENT: Final = Presence.ABSENT
PRESENT: Final = Presence.PRESENT


@dataclass(frozen=True)
class Ask:
    """A request. Values of `path` (by their names in braces), `query`, `body`, `form` and `headers` may be `Of`s,
    those of `headers` a `KeyOfRun`.

    The key goes as the header of the request's `api`. `form` is a body as Stripe's clients send it, names in brackets.
    """

    method: str
    address: str
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)
    with_key: bool = True
    form: Mapping[str, Any] | None = None
    api: Api = Api.NATIVE


class KeyAsk(Enum):
    """What is asked of API Gateway instead: the key that this run pays with."""

    MAKE = "make"
    REVOKE = "revoke"


class DonorAsk(Enum):
    """What is asked of the pool of donors instead: somebody new, whose token is kept as `donor`, `authorization`."""

    SIGN_IN = "sign in"


@dataclass(frozen=True)
class Expect:
    """What the answer must be. `body` goes by dotted fields, `data.#` is how many there are; a value may be an `Of`.

    `same_as` is a kept answer that must be met byte for byte; `contains` are texts of a page. An answer may take
    `within_s` to become right (a list that is filled from a log, a key that AWS spreads): it is asked for again. Where
    some of AWS's machines may answer rightly and others not yet, it must be right so many times `in_a_row`.
    """

    status: int = 200
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, object] = field(default_factory=dict)
    same_as: str | None = None
    contains: tuple[str, ...] = ()
    within_s: float = 0.0
    in_a_row: int = 1


@dataclass(frozen=True)
class Check:
    """One promise: its name, what is asked, what is expected, and the word under which the answer is kept."""

    name: str
    ask: Ask | KeyAsk | DonorAsk
    expect: Expect = Expect()
    keep: str | None = None


@dataclass(frozen=True)
class Chapter:
    """Checks that belong together, in order."""

    name: str
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Suite:
    """Chapters in order, which go on from each other's answers and from no other suite's: suites run side by side.

    A suite that makes a key makes it of a merchant of its own, called after the run and the suite's name.
    """

    name: str
    chapters: tuple[Chapter, ...]


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


@dataclass
class Kept:
    """An earlier answer."""

    content: bytes
    body: Any


class Stopped(Exception):  # noqa: N818 - of the run, by whoever started it
    """The run is to end before all was tried."""


class Unknown(LookupError):  # noqa: N818 - of an answer, not of ours
    """An answer that a check rests on was never kept."""


@dataclass
class Verification:
    """One run over a suite, as one merchant.

    `http` talks to the API; `make_key` makes a key and returns its text, `revoke_key` ends it; `sign_in` makes a donor
    and returns a token. Nothing is retried: what a user would meet is a finding. A refusal with a code of
    `unconfigured` is none: what it refuses cannot be tried in this environment. `stop` ends the run between requests.
    """

    http: httpx.Client
    facts: Mapping[str, Any]
    make_key: Callable[[], str]
    revoke_key: Callable[[], None]
    sign_in: Callable[[], str]
    unconfigured: frozenset[str] = frozenset()
    stop: Event = field(default_factory=Event)
    api_key: str | None = field(default=None, repr=False)
    kept: dict[str, Kept] = field(default_factory=dict)
    silent: str | None = None

    def __post_init__(self) -> None:
        self.kept["run"] = Kept(b"", dict(self.facts))

    def chapter(self, chapter: Chapter, began: Callable[[Check], None]) -> Iterator[Finding]:
        """Try the checks in order; `began` is told of each before it is tried. Raises Stopped."""
        for check in chapter.checks:
            if self.stop.is_set():
                raise Stopped
            began(check)
            yield self._try(chapter.name, check)

    def _try(self, chapter: str, check: Check) -> Finding:
        finding = partial(Finding, chapter, check.name)
        if self.silent is not None:
            return finding(Outcome.NOT_TRIED, "", self.silent, 0.0)
        started = time.monotonic()
        if not isinstance(check.ask, Ask):
            return self._access(finding, check.ask, started)
        try:
            return self._request(finding, check.ask, check.expect, check.keep, started)
        except Unknown as unknown:
            return finding(Outcome.NOT_TRIED, "", f"not tried: {unknown}", 0.0)
        except httpx.RequestError as error:
            told = f"no answer: {type(error).__name__}: {error}"
            if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
                self.silent = f"not tried: nothing answers at {self.http.base_url}"
            return finding(Outcome.FAILED, _expected(check.expect, {}), told, _ms_since(started), (told,))

    def _request(
        self, finding: Callable[..., Finding], ask: Ask, expect: Expect, keep: str | None, started: float
    ) -> Finding:
        if ask.with_key and self.api_key is None:
            raise Unknown("there is no key")
        headers = {name: str(value) for name, value in self._filled(ask.headers).items()}
        if ask.with_key and ask.api is Api.V1:
            headers["Authorization"] = f"Bearer {self.api_key}"
        elif ask.with_key:
            headers["X-Api-Key"] = self.api_key or ""
        body = {} if ask.body is None else {"json": self._filled(ask.body)}
        body |= {} if ask.form is None else {"data": self._filled(ask.form)}
        request = self.http.build_request(
            ask.method, self._address(ask), params=self._filled(ask.query) or None, headers=headers, **body
        )
        wanted = self._filled(expect.body)
        twin = self._kept(expect.same_as) if expect.same_as else None
        answer, differences = self._answered(
            request, expect, lambda found: tuple(_differences(found, expect, wanted, twin)), started + expect.within_s
        )
        took_ms = _ms_since(started)
        if (code := _code(answer)) in self.unconfigured:
            return finding(Outcome.NOT_TRIED, "", f"not tried: {code}: {_json(answer).get('detail')}", took_ms)
        if keep is not None and not differences:
            self.kept[keep] = Kept(answer.content, _json(answer))
        outcome = Outcome.FAILED if differences else Outcome.PASSED
        seen = _seen(answer, expect, wanted, twin)
        return finding(outcome, _expected(expect, wanted), seen, took_ms, differences, _request_id(answer))

    def _answered(
        self,
        request: httpx.Request,
        expect: Expect,
        differences_of: Callable[[httpx.Response], tuple[str, ...]],
        until: float,
    ) -> tuple[httpx.Response, tuple[str, ...]]:
        """The last answer, and what is wrong with it. Asks until it is right as often as is expected, or it is late."""
        right, pause_s = 0, _FIRST_PAUSE_S
        while True:
            answer = self.http.send(request)
            differences = differences_of(answer)
            right = 0 if differences else right + 1
            # A fault is never "not yet": what is broken is told at once, not after all the patience.
            if right == expect.in_a_row or answer.status_code >= 500:
                return answer, differences
            if time.monotonic() + pause_s > until:
                return answer, differences or (f"right {right} times in a row, not {expect.in_a_row}",)
            if differences and self.stop.wait(pause_s):
                raise Stopped
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S) if differences else pause_s

    def _access(self, finding: Callable[..., Finding], ask: KeyAsk | DonorAsk, started: float) -> Finding:
        expected = {
            KeyAsk.MAKE: f"a key of merchant {self.facts['merchant']}",
            KeyAsk.REVOKE: "revoked",
            DonorAsk.SIGN_IN: "a token",
        }[ask]
        if ask is KeyAsk.REVOKE and self.api_key is None:
            return finding(Outcome.NOT_TRIED, "", "not tried: there is no key", 0.0)
        try:
            if ask is KeyAsk.MAKE:
                self.api_key = self.make_key()
            elif ask is DonorAsk.SIGN_IN:
                self.kept["donor"] = Kept(b"", {"authorization": f"Bearer {self.sign_in()}"})
            else:
                self.revoke_key()  # its text is kept: that it opens nothing any more is the next check
        except Exception as error:
            failure = from_exception(error)
            if failure is None:
                raise
            return finding(Outcome.FAILED, expected, failure.message, _ms_since(started), (failure.message,))
        return finding(Outcome.PASSED, expected, expected, _ms_since(started))

    def _kept(self, word: str) -> Kept:
        if word not in self.kept:
            raise Unknown(f"there is no answer {word!r} to go on from")
        return self.kept[word]

    def _filled(self, value: Any) -> Any:
        """The value with every `Of` in it replaced by what it names."""
        match value:
            case KeyOfRun(name):
                return f"{name} of {self._filled(Of('run', 'id'))}"
            case Of(kept, path, before):
                found = _at(self._kept(kept).body, path)
                if found is ABSENT:
                    raise Unknown(f"the answer {kept!r} has no {path}")
                return found if before is None else str(found).partition(before)[0]
            case Mapping():
                return {name: self._filled(inner) for name, inner in value.items()}
            case list() | tuple():
                return [self._filled(inner) for inner in value]
            case _:
                return value

    def _address(self, ask: Ask) -> str:
        address = ask.address
        for name, value in self._filled(ask.path).items():
            address = address.replace(f"{{{name}}}", quote(str(value), safe=""))
        if ask.api is Api.V1:
            return f"{self._filled(Of('run', 'stripe_base_url'))}/v1{address}"
        return address


def _differences(answer: httpx.Response, expect: Expect, wanted: Mapping[str, Any], twin: Kept | None) -> Iterator[str]:
    """What is not as expected, the most telling first."""
    if answer.status_code != expect.status:
        yield f"the status is {answer.status_code}, not {expect.status}"
        return
    body = _json(answer)
    for path, value in wanted.items():
        found = _at(body, path)
        if not _is(found, value):
            yield f"{path} is {_told(found)}, not {_told(value)}"
    for name, value in expect.headers.items():
        found = answer.headers.get(name, ABSENT)
        if not _is(found, value):
            yield f"the header {name} is {found}, not {value}"
    if twin is not None and answer.content != twin.content:
        yield f"the bytes are not those of the answer {expect.same_as!r}"
    for text in expect.contains:
        if text not in answer.text:
            yield f"{text!r} is nowhere in it"


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


def _expected(expect: Expect, wanted: Mapping[str, Any]) -> str:
    parts = [str(expect.status), *(f"{path} {_told(value)}" for path, value in wanted.items())]
    parts += [f"{name} {value}" for name, value in expect.headers.items()]
    parts += [f"the bytes of {expect.same_as!r}"] if expect.same_as else []
    parts += [f"with {text!r}" for text in expect.contains]
    return ", ".join(parts)


def _seen(answer: httpx.Response, expect: Expect, wanted: Mapping[str, Any], twin: Kept | None) -> str:
    body = _json(answer)
    paths = dict.fromkeys(wanted)
    if answer.status_code >= 400:
        why = ("error.code", "error.message") if _at(body, "error") is not ABSENT else ("code", "detail")
        paths = {why[0]: None, **(paths if answer.status_code == expect.status else {}), why[1]: None}
    if isinstance(body, Mapping):
        parts = [
            f"{path} {_told(found)}"
            for path in paths
            if (found := _at(body, path)) is not ABSENT or path not in ("code", "detail", "error.code", "error.message")
        ]
    else:
        parts = [f"{len(answer.content)} bytes of {answer.headers.get('content-type', 'nothing said')}"]
    if answer.status_code == expect.status:
        parts += [f"{name} {answer.headers.get(name, ABSENT)}" for name in expect.headers]
    if twin is not None:
        parts.append("the same bytes" if answer.content == twin.content else "other bytes")
    return ", ".join([str(answer.status_code), *parts])


def _told(value: object) -> str:
    text = f"{len(value)} entries" if isinstance(value, (Mapping, list)) else str(value)
    return text if len(text) <= _TOLD_LENGTH else text[: _TOLD_LENGTH - 1] + "…"


def _code(answer: httpx.Response) -> str | None:
    """The code of a native refusal, if it is one."""
    body = _json(answer) if answer.status_code >= 400 else None
    code = body.get("code") if isinstance(body, Mapping) else None
    return code if isinstance(code, str) else None


def _request_id(answer: httpx.Response) -> str | None:
    return answer.headers.get("request-id") or answer.headers.get("x-amzn-requestid")


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _ms_since(started: float) -> float:
    return (time.monotonic() - started) * 1000
