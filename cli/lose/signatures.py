"""What identifies a call, so that it is found again in another run of the same program.

A signature is the method, the path and the fields of a request, without its idempotency key. IDs that the sandbox
issued are renamed by their first use, and fields that differ between two runs without faults are masked. A call is a
signature and how many calls with it came before, since the n-th call of a run is another one after a fault
(Meiklejohn and others, "Service-Level Fault Injection Testing", SoCC 2021, section 4.2).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

MASKED: Final = "*"

_WRITTEN_BODY: Final = "(body)"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_]+")
# `pi_…`, `auth_…`, `pi_…_secret_…`: a kind, and at least eight characters.
_ISSUED: Final = re.compile(r"([a-z][a-z0-9_]*?)_[A-Za-z0-9_]{8,}")
_IDEMPOTENCY_HEADERS: Final = ("idempotency-key", "x-idempotency-key")
READS: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Request:
    """A request: method, path without a query, fields of query and body by name, and idempotency key, if any."""

    method: str
    path: str
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    key: str | None = None

    @property
    def title(self) -> str:
        """The method and the path."""
        return f"{self.method} {self.path}"

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.method in READS


def read_request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
    """Return a request as it was sent. `headers` have names in lower case, and `target` is the path with its query."""
    where = urlsplit(target)
    found = _pairs(where.query) + _body_fields(headers.get("content-type", ""), body)
    fields: dict[str, str] = {}
    for name, value in found:
        same = sum(1 for each in fields if each == name or each.startswith(f"{name}#"))
        fields[f"{name}#{same + 1}" if same else name] = value
    key = next((headers[name] for name in _IDEMPOTENCY_HEADERS if name in headers), None)
    return Request(method.upper(), where.path, fields, key)


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)


def _body_fields(content_type: str, body: bytes) -> list[tuple[str, str]]:
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return []
    if kind.startswith("multipart/"):
        return [(_WRITTEN_BODY, kind)]  # its boundary is random
    text = body.decode("utf-8", "replace")
    if kind == "application/x-www-form-urlencoded":
        return _pairs(text)
    try:
        return list(leaves("", json.loads(text)))
    except ValueError:
        return [(_WRITTEN_BODY, text)]


def leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Iterate over the values of a JSON document, with names as in a form: `card[number]`, `items[0][id]`."""
    if isinstance(value, dict):
        items: Iterator[tuple[Any, Any]] = iter(value.items())
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        yield name or _WRITTEN_BODY, value if isinstance(value, str) else json.dumps(value)
        return
    for inner, each in items:
        yield from leaves(f"{name}[{inner}]" if name else str(inner), each)


class Names:
    """The names of IDs that the sandbox issued in a run: `{pi 1}` is the first of its kind that a request used.

    `known` are other texts that differ between runs, with their names: the longest is renamed first.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._known = dict(sorted((known or {}).items(), key=lambda item: -len(item[0])))
        self._issued: set[str] = set()
        self._sent: set[str] = set()
        self._names: dict[str, str] = {}
        self._kinds: Counter[str] = Counter()

    def renamed(self, request: Request) -> Request:
        """Return the request with its IDs renamed. What it is the first to use is numbered."""
        fields = {name: self._rename(value) for name, value in request.fields.items()}
        path = self._rename(request.path)
        # An ID that the program chose is not one of the sandbox, although answers repeat it.
        self._sent |= {token for value in request.fields.values() for token in _TOKEN.findall(value)} - self._issued
        return replace(request, path=path, fields=fields)

    def learn(self, answer: bytes) -> None:
        """Learn the IDs that an answer issues."""
        try:
            found = [*leaves("", json.loads(answer))]
        except (ValueError, UnicodeDecodeError):
            return
        tokens = {token for _, value in found for token in _TOKEN.findall(value) if _ISSUED.fullmatch(token)}
        self._issued |= tokens - self._sent

    def _rename(self, text: str) -> str:
        for value, name in self._known.items():
            text = text.replace(value, name)
        return _TOKEN.sub(lambda match: self._name(match[0]), text)

    def _name(self, token: str) -> str:
        if token not in self._issued:
            return token
        if token not in self._names:
            kind = _ISSUED.fullmatch(token)
            self._kinds[kind[1] if kind else token] += 1
            self._names[token] = f"{{{kind[1] if kind else token} {self._kinds[kind[1] if kind else token]}}}"
        return self._names[token]


class Signature(NamedTuple):
    """What is the same in every run of a program: method, path and fields, with IDs renamed and differences masked."""

    method: str
    path: str
    fields: tuple[tuple[str, str], ...]


class Call(NamedTuple):
    """A call: its signature, and its number among the calls with the same one, from 1."""

    signature: Signature
    occurrence: int


Masks = Mapping[tuple[str, str], frozenset[str]]
"""The names of fields that differ between two runs without faults, by method and path."""


def masks(first: Sequence[Request], second: Sequence[Request]) -> Masks:
    """Compare the renamed requests of two runs. The n-th requests to the same path are each other's."""
    found: dict[tuple[str, str], set[str]] = {}
    earlier, later = _by_title(first), _by_title(second)
    for title in earlier.keys() & later.keys():
        for request, same in zip(earlier[title], later[title], strict=False):
            names = request.fields.keys() | same.fields.keys()
            differing = {name for name in names if request.fields.get(name) != same.fields.get(name)}
            found.setdefault(title, set()).update(differing)
    return {title: frozenset(names) for title, names in found.items() if names}


def _by_title(requests: Sequence[Request]) -> dict[tuple[str, str], list[Request]]:
    found: dict[tuple[str, str], list[Request]] = {}
    for request in requests:
        found.setdefault((request.method, request.path), []).append(request)
    return found


def signature(request: Request, masked: Masks) -> Signature:
    """Return the signature of a renamed request."""
    hidden = masked.get((request.method, request.path), frozenset())
    fields = {name: value for name, value in request.fields.items() if name not in hidden}
    return Signature(request.method, request.path, tuple(sorted((fields | dict.fromkeys(hidden, MASKED)).items())))


@dataclass(frozen=True)
class Attempt:
    """A request that was recognized as an attempt of a call: the first, or a repeat of it."""

    call: Call
    number: int


class Calls:
    """The calls of a run, in the order of their first attempts.

    A request with a call's idempotency key is another attempt of it, and so is a read like the request before it, as
    those that wait for a change are.
    """

    def __init__(self, masked: Masks) -> None:
        self._masked = masked
        self.made: list[Call] = []
        self._attempts: Counter[Call] = Counter()
        self._by_key: dict[str, Call] = {}
        self._last: Call | None = None

    def take(self, request: Request, *, repeats: Call | None = None) -> Attempt:
        """Take a renamed request. `repeats` is a call whose attempts may come under other keys, directly repeated."""
        shape = signature(request, self._masked)
        call = self._same(request, shape, repeats)
        if call is None:
            call = Call(shape, 1 + sum(1 for each in self.made if each.signature == shape))
            self.made.append(call)
        if request.key is not None:
            self._by_key[request.key] = call
        self._attempts[call] += 1
        self._last = call
        return Attempt(call, self._attempts[call])

    def _same(self, request: Request, shape: Signature, repeats: Call | None) -> Call | None:
        keyed = self._by_key.get(request.key) if request.key is not None else None
        if keyed is not None and keyed.signature == shape:
            return keyed
        last = self._last
        if last is not None and last.signature == shape and (request.is_read or last == repeats):
            return last
        return None


def differences(first: Sequence[Call], second: Sequence[Call]) -> list[str]:
    """Return what one run calls and the other does not, as `POST /v1/charges`. Concurrent calls have no order."""
    earlier, later = Counter(first), Counter(second)
    calls = [*(earlier - later), *(later - earlier)]
    return list(dict.fromkeys(f"{call.signature.method} {call.signature.path}" for call in calls))
