"""Records a program's calls at the proxy, recognizes the call of a cell, and has its answers lost."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from cli.lose.cells import Cell, Extent, Loss
from cli.lose.proxy import Answered, Sent
from cli.lose.signatures import Call, Calls, Masks, Names, Request, differences, read_request
from paysandbox.http.keys.credential import sent_as_key

_REQUEST_ID_HEADERS: Final = ("request-id", "x-request-id")
SUCCESS: Final = range(200, 300)
_NOT_FOUND: Final = 404
_ID_FIELDS: Final = ("id", "transaction_id", "auth_id")


class Phase(StrEnum):
    """What runs at the moment. Calls of `setup` (reset and state) are not recorded."""

    SETUP = "setup"
    RUN = "run"
    RECOVER = "recover"
    AGAIN = "again"
    RECOVER_AGAIN = "recover again"


@dataclass
class Exchange:
    """A request that was recorded, and its answer: status None without one. `number` is the call's in the baseline.

    `deleted_before`: the answer is the 404 to a DELETE that took effect before, when its answer was lost. The caller
    knows then that the object is deleted: Stripe takes no idempotency key for a DELETE, and deletes an object once.
    """

    phase: Phase
    request: str
    call: Call
    number: int | None
    attempt: int
    key: str | None
    lost: Loss | None = None
    status: int | None = None
    object_id: str | None = None
    request_id: str | None = None
    replayed: bool = False
    deleted_before: bool = False


@dataclass(frozen=True)
class Aim:
    """The call of a cell, and the calls before it in the run without faults."""

    cell: Cell
    call: Call
    before: Sequence[Call]


@dataclass
class Recorder:
    """Observes one state: a program's run, and its run again. `numbers` are the calls of the baseline, from 1.

    `held` is a call whose first answer waits, and what it waits for.
    """

    api_keys: Sequence[str] = field(repr=False)
    names: Names
    masked: Masks = field(default_factory=dict[tuple[str, str], frozenset[str]])
    numbers: Mapping[Call, int] = field(default_factory=dict[Call, int])
    aim: Aim | None = None
    held: tuple[Call, Callable[[], None]] | None = None
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    requests: list[Request] = field(default_factory=list[Request])
    fired: bool = False
    strays: list[str] = field(default_factory=list[str])
    foreign_key: bool = False

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._phase, self._calls = Phase.SETUP, Calls(self.masked)

    def begin(self, phase: Phase) -> None:
        """Begin a phase. Calls are numbered from 1 in each."""
        with self._lock:
            self._phase, self._calls = phase, Calls(self.masked)

    def arrived(self, sent: Sent) -> tuple[Exchange | None, Loss | None]:
        """Record a request, and say whether its answer is lost."""
        with self._lock:
            request = self.names.renamed(read_request(sent.method, sent.target, sent.headers, sent.body))
            if self._phase is Phase.SETUP:
                return None, None
            self._note_key(sent.headers)
            if self._phase is Phase.RUN:
                self.requests.append(request)
            losing = self.aim if self._phase is Phase.RUN else None
            repeats = losing.call if losing and self.fired and losing.cell.extent is Extent.GIVEN_UP else None
            attempt = self._calls.take(request, repeats=repeats)
            exchange = Exchange(
                self._phase,
                f"{sent.method} {sent.target.partition('?')[0]}",
                attempt.call,
                self.numbers.get(attempt.call),
                attempt.number,
                request.key,
            )
            self.exchanges.append(exchange)
            if losing and attempt.call == losing.call and self._loses(losing, attempt.number):
                exchange.lost = losing.cell.loss
            return exchange, exchange.lost

    def answered(self, mark: Any, answer: Answered | None) -> None:
        """Learn the IDs of an answer, and record it."""
        exchange: Exchange | None = mark
        with self._lock:
            if answer is None:
                return
            self.names.learn(answer.body)
            if exchange is not None:
                exchange.status = answer.status
                headers = {name.lower(): value for name, value in answer.headers}
                exchange.request_id = next((headers[name] for name in _REQUEST_ID_HEADERS if name in headers), None)
                exchange.replayed = headers.get("idempotent-replayed") == "true"
                exchange.object_id = _object_id(answer.body)
                exchange.deleted_before = answer.status == _NOT_FOUND and self._has_deleted(exchange)
        if (
            self.held
            and exchange
            and exchange.phase is Phase.RUN
            and (exchange.call, exchange.attempt) == (self.held[0], 1)
        ):
            self.held[1]()

    def last(self) -> Exchange | None:
        """Return the last request that was recorded, or None."""
        with self._lock:
            return self.exchanges[-1] if self.exchanges else None

    def _has_deleted(self, repeated: Exchange) -> bool:
        return repeated.request.startswith("DELETE ") and any(
            each.lost and each.request == repeated.request and each.status in SUCCESS for each in self.exchanges
        )

    def _loses(self, aim: Aim, number: int) -> bool:
        if number == 1:
            self.fired = True
            made = self._calls.made[:-1]
            self.strays = differences(made, aim.before) if Counter(made) != Counter(aim.before) else []
            return True
        return aim.cell.extent is Extent.GIVEN_UP

    def _note_key(self, headers: Mapping[str, str]) -> None:
        key = sent_as_key([headers[name] for name in ("authorization",) if name in headers]) or headers.get("x-api-key")
        self.foreign_key |= key is not None and key not in self.api_keys and not key.startswith("ek_test_")


def _object_id(body: bytes) -> str | None:
    try:
        value: Any = json.loads(body)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    facts: dict[str, Any] = value
    return next((facts[name] for name in _ID_FIELDS if isinstance(facts.get(name), str)), None)
