"""A library's calls, as it sends them, and what it reads in each answer: at the sandbox, or at Stripe.

Texts may refer to earlier answers and to the run: `{intent[id]}` is the ID of the answer that was saved as `intent`.
"""

import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Any, Final
from urllib.parse import urlencode

import httpx

Form = Mapping[str, str | Sequence[str]]
"""Form or query parameters by their names on the wire. A sequence is a repeated name."""

Reads = Mapping[str, object]
"""Values by their path in the answer (`latest_charge.id`). `...` is any value but null."""

_TIMEOUT_S: Final = 30
_FIRST_REFUSAL: Final = 400


@dataclass(frozen=True)
class Step:
    """A call of a library, and the answer that it expects of Stripe. `saved_as` keeps the answer for later steps."""

    operation: str
    method: str
    path: str
    form: Form = field(default_factory=dict[str, str | Sequence[str]])
    reads: Reads = field(default_factory=dict[str, object])
    status: int = 200
    saved_as: str = "answer"
    idempotency_key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Library:
    """The calls of a library, in order. `version` is the Stripe-Version that it sends, if any.

    `sends_card_numbers`: Stripe answers these only to accounts with access to its raw card data APIs.
    """

    name: str
    steps: tuple[Step, ...]
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
class Answered:
    """A step, its request and the answer: status, body, and what differs from what the library reads."""

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


def play(library: Library, side: Side) -> Iterator[Answered]:
    """Make a library's calls in order, until one is answered differently than the library expects."""
    saved: dict[str, Any] = {"run": secrets.token_hex(8), "hooks_url": side.hooks_url}
    basic = f"Basic {b64encode(f'{side.secret_key}:'.encode()).decode()}"
    headers = {"Authorization": basic if library.basic_auth else f"Bearer {side.secret_key}"}
    if library.version is not None:
        headers["Stripe-Version"] = library.version
    with httpx.Client(base_url=side.base_url, headers=headers, timeout=_TIMEOUT_S, trust_env=side.is_stripe) as client:
        for step in library.steps:
            answered = _send(client, step, saved)
            yield answered
            if answered.faults:
                return
            saved[step.saved_as] = answered.body


def _send(client: httpx.Client, step: Step, saved: Mapping[str, Any]) -> Answered:
    path = step.path.format_map(saved)
    form = [
        (name, one.format_map(saved))
        for name, value in step.form.items()
        for one in ([value] if isinstance(value, str) else value)
    ]
    own = {name: value.format_map(saved) for name, value in step.headers.items()}
    if step.idempotency_key is not None:
        own["Idempotency-Key"] = step.idempotency_key.format_map(saved)
    if step.method == "POST":
        content = urlencode(form)
        typed = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = client.post(path, content=content, headers=typed | own)
    else:
        answer = client.request(step.method, path, params=urlencode(form) or None, headers=own)
    body = answer.json()
    return Answered(step, f"{step.method} {path}", answer.status_code, body, tuple(_faults(step, answer, body, saved)))


def _faults(step: Step, answer: httpx.Response, body: Mapping[str, Any], saved: Mapping[str, Any]) -> Iterator[str]:
    if answer.status_code != step.status:
        yield f"status {answer.status_code} instead of {step.status}: {answer.text}"
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
