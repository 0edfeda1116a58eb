"""A codebase's calls, as it sends them, and what it reads in each answer: at the sandbox, or at Stripe.

Texts may refer to earlier answers and to the run: `{intent[id]}` is the ID of the answer that was saved as `intent`.
"""

import re
import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from string import ascii_lowercase
from types import EllipsisType
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import httpx

from integrations.flow import FlowStep
from integrations.source_lines import Lines

Value = str | bool | Sequence[str]

Form = Mapping[str, Value]
"""Form or query parameters by their names on the wire. A sequence is a repeated name."""

Reads = Mapping[str, object]
"""Values by their path in the answer (`latest_charge.id`). `...` is any value but null."""

_TIMEOUT_S: Final = 30
_FIRST_REFUSAL: Final = 400
_PYTHON_WRITES_TRUE_UNTIL: Final = (12, 1)


@dataclass(frozen=True)
class Sdk:
    """The SDK that a codebase pins: its language and version."""

    language: str
    version: str

    def text(self, value: bool) -> str:
        """Return a boolean as the SDK writes it. stripe-python writes `True` before 12.1 (its CHANGELOG, 12.1.0)."""
        before = tuple(map(int, self.version.split(".")[:2])) < _PYTHON_WRITES_TRUE_UNTIL
        return str(value) if self.language == "Python" and before else str(value).lower()

    def __str__(self) -> str:
        return f"stripe-{self.language.lower()} {self.version}"


@dataclass(frozen=True)
class Step:
    """A call of a codebase, and the answer that it expects of Stripe. `saved_as` keeps the answer for later steps.

    `source` names the lines that write its parameters. `buyers`: a buyer's browser or the owner makes it, not the
    codebase. `does`: the step of the codebase's flow that is done with it.
    """

    operation: str
    method: str
    path: str
    form: Form = field(default_factory=dict[str, Value])
    reads: Reads = field(default_factory=dict[str, object])
    status: int = 200
    saved_as: str = "answer"
    idempotency_key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    source: tuple[Lines, ...] = ()
    buyers: bool = False
    does: FlowStep | None = None

    @property
    def is_on_a_page(self) -> bool:
        """Return whether it is no call of the API but a buyer's payment on a page: the path is `{session[url]}`."""
        return not self.path.startswith("/")


def on_checkouts_page(operation: str, does: FlowStep) -> Step:
    """Return what a buyer does on the page of a Checkout session, which an earlier step has saved as `session`."""
    form = {"card": "4242424242424242", "email": "jenny@example.com"}
    return Step(operation, "POST", "{session[url]}", form, status=303, buyers=True, does=does)


@dataclass(frozen=True)
class Replay:
    """The calls of a codebase, in order. `version` is the Stripe-Version that it sends, if any.

    `sdk` is None if it has an HTTP client of its own. `sends_card_numbers`: Stripe answers these only to accounts with
    access to its raw card data APIs.
    """

    name: str
    steps: tuple[Step, ...]
    sdk: Sdk | None = None
    version: str | None = None
    basic_auth: bool = False
    sends_card_numbers: bool = False


@dataclass(frozen=True)
class Side:
    """Where the calls go, and a key for it. `hooks_url` is a URL that an endpoint may have there."""

    base_url: str
    secret_key: str
    hooks_url: str
    is_stripe: bool = False


@dataclass(frozen=True)
class Request:
    """A step's request, with its texts filled in."""

    method: str
    path: str
    form: Form
    headers: Mapping[str, str]
    idempotency_key: str | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Sender(Protocol):
    """What sends a request and returns the answer's status and JSON."""

    def __call__(self, request: Request) -> tuple[int, Any]:
        """Raises httpx.HTTPError if there is no answer."""
        ...


@dataclass(frozen=True)
class Answered:
    """A step, its request and the answer: status, body, and what differs from what the codebase reads."""

    step: Step
    request: str
    status: int
    body: Mapping[str, Any]
    faults: tuple[str, ...]

    @property
    def message(self) -> str:
        """Return the error's message, or an empty text."""
        error = self.body.get("error")
        return str(error.get("message", "")) if isinstance(error, Mapping) else ""

    @property
    def is_refusal(self) -> bool:
        """Return whether the API refused a call that should succeed, in Stripe's shape."""
        return self.step.status < _FIRST_REFUSAL <= self.status and bool(self.message)


def play(replay: Replay, side: Side, send: Sender | None = None) -> Iterator[Answered]:
    """Make the calls in order, until one is answered differently than the codebase expects.

    Without `send`, they are written here as the SDK writes them, as a buyer's always are. Stripe's own page takes no
    payment of a program, so a replay ends before it there.
    """
    # With digits, it would now and then be taken for a card number.
    name = "".join(secrets.choice(ascii_lowercase) for _ in range(16))
    saved: dict[str, Any] = {"run": name, "hooks_url": side.hooks_url}
    with over_http(replay, side) as plain:
        for step in replay.steps:
            if step.is_on_a_page and side.is_stripe:
                return
            request = _filled_in(step, saved)
            status, body = plain(request) if step.buyers or send is None else send(request)
            yield (answered := Answered(step, str(request), status, body, tuple(_faults(step, status, body, saved))))
            if answered.faults:
                return
            saved[step.saved_as] = body


@contextmanager
def over_http(replay: Replay, side: Side) -> Iterator[Sender]:
    """Send a replay's calls as its SDK writes them, without the SDK."""
    basic = f"Basic {b64encode(f'{side.secret_key}:'.encode()).decode()}"
    headers = {"Authorization": basic if replay.basic_auth else f"Bearer {side.secret_key}"}
    if replay.version is not None:
        headers["Stripe-Version"] = replay.version
    sdk = replay.sdk or Sdk("Ruby", "0.0")
    with httpx.Client(base_url=side.base_url, headers=headers, timeout=_TIMEOUT_S, trust_env=side.is_stripe) as client:

        def send(request: Request) -> tuple[int, Any]:
            content = urlencode([*_pairs(request.form, sdk)])
            own = dict(request.headers)
            if request.idempotency_key is not None:
                own["Idempotency-Key"] = request.idempotency_key
            if request.method == "POST":
                typed = {"Content-Type": "application/x-www-form-urlencoded"}
                answer = client.post(request.path, content=content, headers=typed | own)
            else:
                answer = client.request(request.method, request.path, params=content or None, headers=own)
            return answer.status_code, answer.json() if answer.content else {}

        yield send


def nested(form: Form) -> dict[str, Any]:
    """Return a form as an SDK takes it: `card[token]` within `card`, `items[0][price]` as a list of objects."""
    root: dict[str, Any] = {}
    for name, value in form.items():
        *outer, last = re.findall(r"[^\[\]]+", name)
        at = root
        for part in outer:
            at = at.setdefault(part, {})
        at[last] = value
    return {name: _lists(value) for name, value in root.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner: dict[str, Any] = {name: _lists(one) for name, one in value.items()}
    return [*inner.values()] if inner and all(map(str.isdigit, inner)) else inner


def _pairs(form: Form, sdk: Sdk) -> Iterator[tuple[str, str]]:
    for name, value in form.items():
        if isinstance(value, bool):
            yield name, sdk.text(value)
        else:
            yield from ((name, one) for one in ([value] if isinstance(value, str) else value))


def _filled_in(step: Step, saved: Mapping[str, Any]) -> Request:
    def fill(value: Value) -> Value:
        if isinstance(value, bool):
            return value
        return value.format_map(saved) if isinstance(value, str) else [one.format_map(saved) for one in value]

    return Request(
        step.method,
        step.path.format_map(saved),
        {name.format_map(saved): fill(value) for name, value in step.form.items()},
        {name: value.format_map(saved) for name, value in step.headers.items()},
        None if step.idempotency_key is None else step.idempotency_key.format_map(saved),
    )


def _faults(step: Step, status: int, body: Any, saved: Mapping[str, Any]) -> Iterator[str]:
    if status != step.status:
        yield f"status {status} instead of {step.status}: {body}"
        return
    for path, expected in step.reads.items():
        found = _read(body, path)
        wanted = expected.format_map(saved) if isinstance(expected, str) else expected
        if found is None if isinstance(wanted, EllipsisType) else found != wanted:
            yield f"{path} is {found!r} instead of {'a value' if isinstance(wanted, EllipsisType) else repr(wanted)}"


def _read(body: Any, path: str) -> Any:
    """Return the value at a path, or "absent" where there is none. Parts that are numbers are indices."""
    for part in path.split("."):
        if isinstance(body, list) and part.isdigit() and int(part) < len(body):
            body = body[int(part)]
        elif isinstance(body, Mapping) and part in body:
            body = body[part]
        else:
            return "absent"
    return body
