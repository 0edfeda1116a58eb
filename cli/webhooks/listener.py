"""How a listener handles deliveries, and events that it missed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from cli.connection.api import Api, fresh_idempotency_key
from cli.terminal.failure import Failure
from cli.terminal.text import counted
from cli.webhooks.forward import ATTEMPT_HEADER, Forwarded, Forwarder
from cli.webhooks.listener_memory import Memory
from cli.webhooks.receiver import Returned
from paysandbox.core import signature
from paysandbox.core.event_type import EventType
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.webhooks.endpoint import EVERY_EVENT
from paysandbox.webhooks.routes import (
    LIST_EVENTS,
    REPLAY_ENDPOINT,
    RESEND_EVENT,
)

# A delivery may arrive before the response that contains the secret.
_SECRET_PATIENCE_S: Final = 8.0
# Events from just before the endpoint's creation appear in the list of events some seconds later.
_LOOK_AGAIN_AFTER_S: Final = 10.0
_JUST_BEFORE: Final = timedelta(minutes=2)
_PAGE: Final = 100
# Above this, a replay is used. Resending one by one repeats no event, but the plan allows 100 requests per minute.
_RESENT_MAX: Final = 50


@dataclass(frozen=True)
class ReceivedDelivery:
    """A delivery and its result. `at` is wall-clock time; `fault` is the reason why it is not trusted."""

    at: datetime
    event_id: str
    event_type: str
    attempt: int
    event: Mapping[str, Any] | None
    fault: str | None = None
    forwarded: Forwarded | None = None


class ListenerOutput(Protocol):
    """The output of a listener."""

    def show(self, delivery: ReceivedDelivery) -> None:
        """Print a delivery."""

    def note(self, sentence: str) -> None:
        """Print a note."""


class Listener:
    """The handler of deliveries. Many threads may call `take` at once, even before the endpoint is known."""

    def __init__(self, memory: Memory, output: ListenerOutput, forwarder: Forwarder | None) -> None:
        self._memory, self._output, self._forwarder = memory, output, forwarder
        self._secret: str | None = None
        self._known = threading.Event()
        self._again: set[str] = set()

    def trust(self, secret: str) -> None:
        """Verify deliveries with this secret."""
        self._secret = secret
        self._known.set()

    def skip_repeated(self, event_ids: set[str]) -> None:
        """Drop these events when a replay repeats them, since they were delivered before."""
        self._again |= event_ids

    def take(self, headers: Mapping[str, str], body: bytes) -> Returned:
        """Verify a delivery, forward it, and return the application's response, or 200 without an application."""
        if not self._known.wait(_SECRET_PATIENCE_S) or self._secret is None:
            return Returned(503)
        fault = signature.fault(self._secret, headers, body, now=int(time.time()))
        event = _read(body)
        if fault is None and event is None:
            fault = "body_unreadable"
        name = headers.get(signature.ID_HEADER, "")
        event_type = str((event or {}).get("type", "?"))
        delivery = ReceivedDelivery(datetime.now(UTC), name, event_type, _attempt(headers), event, fault)
        if fault is not None or event is None:
            # Not forwarded: signed again, it would look as if the sandbox had sent it.
            self._output.show(delivery)
            return Returned(400, f"paysandbox listen: {fault}".encode())
        if name in self._again:
            self._again.discard(name)
            return Returned(200)
        return self._hand_on(delivery, str(event.get("timestamp", "")), headers, body)

    def _hand_on(self, delivery: ReceivedDelivery, at: str, headers: Mapping[str, str], body: bytes) -> Returned:
        forwarded = self._forwarder.forward(headers, body) if self._forwarder else None
        returned = forwarded.returned if forwarded else Returned(200)
        if delivery.event_type != EventType.ENDPOINT_PING and _is_instant(at):
            if 200 <= returned.status <= 299:
                self._memory.record(delivery.event_id, at)
            else:
                self._memory.expect(delivery.event_id, at)
        self._output.show(replace(delivery, forwarded=forwarded))
        if returned.status == 410:
            self._output.note(
                "Your application answered 410, so the sandbox disables the endpoint. "
                "Press Ctrl-C and start the listener again."
            )
        return returned


# --- missed events ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CatchUp:
    """Requests delivery of the events that earlier listeners missed.

    It looks twice, because events from just before the endpoint's creation appear in the list only some seconds later.
    """

    api: Api
    memory: Memory
    listener: Listener
    output: ListenerOutput
    endpoint: Mapping[str, Any]
    stopped: threading.Event
    listed: set[str] = field(default_factory=set[str])

    def run(self) -> None:
        """Look twice. A failure is printed, and the next listener retries."""
        begins = self.endpoint["listens_since"]
        since = self.memory.begin(begins)
        if since is None:
            return
        try:
            self._look(since, at_all=True)
            if not self.stopped.wait(_LOOK_AGAIN_AFTER_S):
                self._look(max(since, format_timestamp(parse_timestamp(begins) - _JUST_BEFORE)), at_all=False)
        except Failure as failure:
            if not self.stopped.is_set():
                self.output.note(f"Missed events could not be requested: {failure.message} The next listener retries.")

    def _look(self, since: str, *, at_all: bool) -> None:
        begins = self.endpoint["listens_since"]
        if since >= begins:
            return
        events = list(self._events(since, begins))
        if self.stopped.is_set():
            return
        if at_all:
            self.memory.keep_only({event["id"] for event in events}, begins)
        times = {event["id"]: event["timestamp"] for event in events if self._is_wanted(event["type"])}
        missed = self.memory.looked(times.items(), begins)
        listed_before, new = set(self.listed), set(missed) - self.listed
        self.listed.update(times)
        if not new:
            return
        first = min(times[event_id] for event_id in new)
        self.output.note(f"Catching up on {counted(len(new), 'missed event')} since {first[:19]}Z.")
        if len(new) <= _RESENT_MAX:
            self._resend(sorted(new, key=lambda event_id: (times[event_id], event_id)))
            return
        self.listener.skip_repeated({name for name, at in times.items() if at >= first} - new - listed_before)
        self._replay(first)

    def _is_wanted(self, kind: str) -> bool:
        if kind == EventType.ENDPOINT_PING:
            return False  # it was sent to another endpoint
        return EVERY_EVENT in self.endpoint["events"] or kind in self.endpoint["events"]

    def _events(self, since: str, until: str) -> Iterator[Mapping[str, Any]]:
        cursor: str | None = None
        while not self.stopped.is_set():
            page = self.api.get(LIST_EVENTS, query={"from": since, "to": until, "limit": _PAGE, "cursor": cursor}).body
            yield from page["data"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _resend(self, event_ids: list[str]) -> None:
        for event_id in event_ids:
            if self.stopped.is_set():
                return
            self.api.post(
                RESEND_EVENT,
                {"endpoint_id": self.endpoint["endpoint_id"]},
                idempotency_key=fresh_idempotency_key(),
                path={"event_id": event_id},
            )

    def _replay(self, since: str | None) -> None:
        """Replay all events since then, including those that were delivered before."""
        while since is not None and not self.stopped.is_set():
            answer = self.api.post(
                REPLAY_ENDPOINT,
                {"since": since},
                idempotency_key=fresh_idempotency_key(),
                path={"endpoint_id": self.endpoint["endpoint_id"]},
            )
            since = answer.body["next_since"]


def _read(body: bytes) -> dict[str, Any] | None:
    with suppress(ValueError):
        event = json.loads(body)
        return event if isinstance(event, dict) else None
    return None


def _attempt(headers: Mapping[str, str]) -> int:
    text = headers.get(ATTEMPT_HEADER, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("1000000") else 1


def _is_instant(text: str) -> bool:
    with suppress(ValueError):
        return format_timestamp(parse_timestamp(text)) == text
    return False
