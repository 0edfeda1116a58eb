"""Stands between the sandbox and a team's receiver: it passes webhooks on, and disturbs the one of a cell.

It takes every webhook from the sandbox at once and delivers it itself, signed with the endpoint's secret. What the
receiver refuses comes again, first after a tenth of a second, so that no clock has to be moved.
"""

from __future__ import annotations

import http.client
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from cli.lose.cells import EventCell, WebhookFault
from cli.lose.recorder import Phase
from paysandbox.core.signature import ID_HEADER, signed
from paysandbox.http.faults import kinds
from paysandbox.http.faults.fault import read_fault
from paysandbox.http.faults.webhook_faults import Sending, Webhook, sending

_FAULTS: Final[Mapping[WebhookFault, str]] = {
    WebhookFault.DUPLICATE: kinds.WEBHOOK_DUPLICATE,
    WebhookFault.CONCURRENT: kinds.WEBHOOK_CONCURRENT,
    WebhookFault.TWIN: kinds.WEBHOOK_TWIN,
    WebhookFault.BAD_SIGNATURE: kinds.WEBHOOK_BAD_SIGNATURE,
    WebhookFault.STALE: kinds.WEBHOOK_STALE,
    WebhookFault.REPLAY: kinds.WEBHOOK_REPLAY,
    WebhookFault.BURST: kinds.WEBHOOK_BURST,
    WebhookFault.SLOW_BODY: f"{kinds.WEBHOOK_SLOW_BODY};s=1",
    WebhookFault.UNKNOWN_TYPE: kinds.WEBHOOK_UNKNOWN_TYPE,
}
"""Those that change what is sent. The others change when it is sent."""

_PAYMENT_FIELDS: Final = ("payment_intent", "auth_id", "id")
"""Of a charge and of a refund, of what the sandbox's own events are about, and of others."""

_FIRST_RETRY_S: Final = 0.1
_LONGEST_RETRY_S: Final = 2.0
_RECEIVER_S: Final = 10.0
_OVERTAKEN_WITHIN_S: Final = 1.5
_OTHERS_WITHIN_S: Final = 6.0
_BEFORE_ANSWER_S: Final = 5.0
_ANSWERED_WITHIN_S: Final = 0.5
_QUIET_S: Final = 2.0
_MISSING_WITHIN_S: Final = 6.0
"""How long an event of the run without faults may be missing: cells run side by side, on a busy machine."""
_AT_REST_S: Final = 15.0
_POLL_S: Final = 0.02


class EventSignature(NamedTuple):
    """What is the same of an event in every run: its type, and its object's amount, currency and order."""

    type: str
    amount: str
    currency: str
    order: str


class Event(NamedTuple):
    """An event: its signature, and its number among those with the same one, from 1."""

    signature: EventSignature
    occurrence: int


def read_event(body: bytes, order_key: str) -> EventSignature:
    """Return the signature of an event of either API. `order_key` is the key in metadata with the order's reference."""
    event = _object(json.loads(body))
    data = _object(event.get("data"))
    changed = _object(data.get("object")) or data
    order = changed.get("reference") or _object(changed.get("metadata")).get(order_key)
    return EventSignature(
        *(str(part or "") for part in (event.get("type"), changed.get("amount"), changed.get("currency"), order))
    )


def caused_by(body: bytes) -> frozenset[str]:
    """Return the IDs by which the answer that an event follows from is known: of its request and its operation."""
    event = _object(json.loads(body))
    found: Sequence[Any] = (_object(event.get("request")).get("id"), _object(event.get("data")).get("transaction_id"))
    return frozenset(each for each in found if isinstance(each, str))


def payment_of(body: bytes) -> str:
    """Return the ID of the payment that an event is about, or of another object."""
    data = _object(_object(json.loads(body)).get("data"))
    changed = _object(data.get("object")) or data
    return next((each for name in _PAYMENT_FIELDS if isinstance(each := changed.get(name), str)), "")


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass
class Arrival:
    """A webhook that was passed on: the statuses of the answers, None for none, and what was done to it, if anything.

    Without a status, it was not passed on. `number` is the event's in the run without faults.
    """

    phase: Phase
    event: Event
    number: int | None
    event_id: str
    causes: frozenset[str]
    payment: str = ""
    fault: WebhookFault | None = None
    statuses: list[int | None] = field(default_factory=list[int | None])


@dataclass(frozen=True)
class EventAim:
    """A cell, its events, and the others of the same payments."""

    cell: EventCell
    events: frozenset[Event]
    others: frozenset[Event] = frozenset()


class Relay:
    """The webhooks of one state. `receiver` is the URL of the team's, and `numbers` are the events of the baseline.

    It delivers between `begin` and `pause`. Times are in seconds.
    """

    def __init__(self, receiver: str, order_key: str, numbers: Mapping[Event, int]) -> None:
        self.receiver, self.secret, self.path = receiver, "", f"/{secrets.token_hex(8)}"
        self.aim: EventAim | None = None
        self._order_key, self._numbers = order_key, numbers
        self.arrivals: list[Arrival] = []
        self.fired = False
        """Whether the cell's events all came."""
        self.holds = False
        """Whether what comes waits for `pass_on`."""
        self._held: dict[Event, tuple[Arrival, bytes]] = {}
        self._hit: set[Event] = set()
        self._taken: set[str] = set()
        self._delivered: set[Event] = set()
        self._counts: Counter[EventSignature] = Counter()
        self._changed = threading.Condition()
        self._phase, self._open, self._closed = Phase.SETUP, False, False
        self._late_comes = False
        self._waiting, self._passed, self._last_change = 0, 0, time.monotonic()

    def begin(self, phase: Phase) -> None:
        """Deliver what comes, and what waits, in this phase."""
        with self._changed:
            self._phase, self._open, self._last_change = phase, True, time.monotonic()
            self._changed.notify_all()

    def pause(self) -> None:
        """Deliver nothing until the next phase: the receiver has ended."""
        with self._changed:
            self._open = False

    def close(self) -> None:
        """Deliver nothing any more."""
        with self._changed:
            self._open, self._closed = False, True
            self._changed.notify_all()

    def wait_until_quiet(self, expected: int | None) -> None:
        """Wait until as many events as `expected` came in all and were delivered, or until nothing comes any more."""
        until = time.monotonic() + _AT_REST_S
        quiet_s = _QUIET_S if expected is None else _MISSING_WITHIN_S
        with self._changed:
            while (now := time.monotonic()) < until:
                quiet = now - self._last_change >= quiet_s
                if not self._waiting and (quiet or (expected is not None and len(self._taken) >= expected)):
                    return
                self._changed.wait(_POLL_S)

    def wait_for_webhook(self) -> None:
        """Wait until the webhook of the cell's event was delivered, so that it comes before the answer to its call."""
        with self._changed:
            self._changed.wait_for(lambda: self.fired or self._closed, _BEFORE_ANSWER_S)

    @property
    def is_late(self) -> bool:
        """Whether the webhook of the cell's event comes when the command is run again."""
        return self.aim is not None and self.aim.cell.fault is WebhookFault.LATE

    def let_late_come(self) -> None:
        """Deliver the late webhook in this phase, since the command is not run again."""
        with self._changed:
            self._waiting += len(self._hit)
            self._late_comes = True
            self._changed.notify_all()

    @property
    def taken(self) -> int:
        """How many events came."""
        return len(self._taken)

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """Take a webhook from the sandbox, and deliver it in a thread of its own. One that came before is left out."""
        try:
            signature, causes, payment = read_event(body, self._order_key), caused_by(body), payment_of(body)
        except ValueError:
            return
        event_id = headers.get(ID_HEADER, "")
        with self._changed:
            if event_id in self._taken or self._closed:
                return
            self._taken.add(event_id)
            self._counts[signature] += 1
            event = Event(signature, self._counts[signature])
            fault = None
            if self.aim is not None and self._phase is Phase.RUN and event in self.aim.events:
                fault = self.aim.cell.fault
            arrival = Arrival(self._phase, event, self._numbers.get(event), event_id, causes, payment, fault)
            self.arrivals.append(arrival)
            self._last_change = time.monotonic()
            if self.holds:
                self._held[event] = arrival, body
                return
            self._waiting += fault is not WebhookFault.DROP and self._is_waited_for(fault)
            if fault in {WebhookFault.DROP, WebhookFault.LATE}:
                self._fire(event)
        if fault is not WebhookFault.DROP:
            threading.Thread(target=self._deliver, args=(arrival, body), daemon=True, name="webhook").start()

    def pass_on(self, event: Event, *, as_another: bool = False) -> bool:
        """Deliver a webhook that was held, once, or the same change as another event. Return whether it was accepted.

        False too if it did not come.
        """
        if event not in self._held:
            return False
        arrival, body = self._held[event]
        fault = read_fault(kinds.WEBHOOK_TWIN, "fault", may_repeat=False) if as_another else None
        webhook = sending(fault, body, self._sign(arrival.event_id)).webhooks[-1]
        status = _post(self.receiver, webhook, 0)
        arrival.statuses.append(status)
        return _is_accepted(status)

    def _fire(self, event: Event) -> None:
        self._hit.add(event)
        self.fired = self.aim is not None and self.aim.events <= self._hit
        self._changed.notify_all()

    def _wait_for_its_turn(self, arrival: Arrival) -> None:
        """Wait until a webhook may come: one out of order, or one that another comes before."""
        aim = self.aim
        if aim is not None and arrival.fault is WebhookFault.AFTER_ALL:
            with self._changed:
                self._changed.wait_for(lambda: aim.others <= self._delivered or self._closed, _OTHERS_WITHIN_S)
        if aim is not None and aim.cell.fault is WebhookFault.AHEAD and arrival.event in aim.others:
            with self._changed:
                self._changed.wait_for(lambda: self.fired or self._closed, _OTHERS_WITHIN_S)
        if arrival.fault is WebhookFault.REORDER:
            with self._changed:
                passed = self._passed
                self._changed.wait_for(lambda: self._passed > passed or self._closed, _OVERTAKEN_WITHIN_S)
        if self._waits_for_another(arrival):
            with self._changed:
                self._changed.wait_for(lambda: self.fired or self._closed, _BEFORE_ANSWER_S)
                self._changed.wait_for(lambda: self._closed, _ANSWERED_WITHIN_S)
        if arrival.fault is WebhookFault.LATE:
            with self._changed:
                self._changed.wait_for(lambda: self._phase is Phase.AGAIN or self._late_comes or self._closed)

    def _deliver(self, arrival: Arrival, body: bytes) -> None:
        self._wait_for_its_turn(arrival)
        wait_s, text = _FIRST_RETRY_S, _FAULTS.get(arrival.fault) if arrival.fault else None
        fault = read_fault(text, "fault", may_repeat=False) if text else None
        while self._opened():
            answers = self._post(sending(fault, body, self._sign(arrival.event_id)))
            with self._changed:
                arrival.statuses += answers
                self._last_change = time.monotonic()
                self._passed += 1
                delivered = _is_accepted(answers[0])
                if delivered:
                    self._delivered.add(arrival.event)
                self._waiting -= delivered and self._is_waited_for(arrival.fault)
                if arrival.fault is not None:
                    self._fire(arrival.event)
                self._changed.notify_all()
                if delivered:
                    return
                self._changed.wait_for(lambda: self._closed, wait_s)
            fault, wait_s = None, min(2 * wait_s, _LONGEST_RETRY_S)

    def _is_waited_for(self, fault: WebhookFault | None) -> bool:
        """Whether a phase lasts until a webhook with this fault was delivered."""
        return fault is not WebhookFault.LATE or self._late_comes

    def _waits_for_another(self, arrival: Arrival) -> bool:
        """Whether the answer to a call comes before this webhook, and after that of the cell."""
        aim = self.aim
        return (
            aim is not None
            and aim.cell.fault is WebhookFault.BEFORE_ANSWER
            and arrival.phase is Phase.RUN
            and arrival.fault is None
        )

    def _opened(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._open or self._closed)
            return not self._closed

    def _sign(self, event_id: str) -> _Signer:
        return _Signer(self.secret, event_id)

    def _post(self, planned: Sending) -> list[int | None]:
        posts = [(self.receiver, webhook, planned.body_takes_s) for webhook in planned.webhooks]
        if not planned.at_once:
            return [_post(*post) for post in posts]
        with ThreadPoolExecutor(len(posts)) as pool:
            return list(pool.map(lambda post: _post(*post), posts))


@dataclass(frozen=True)
class _Signer:
    secret: str
    event_id: str

    def __call__(self, body: bytes, *, seconds_ago: int = 0, message_id: str | None = None) -> Webhook:
        headers = signed(
            [self.secret], message_id=message_id or self.event_id, timestamp=int(time.time()) - seconds_ago, body=body
        )
        return Webhook({**headers, "content-type": "application/json"}, body)


def _is_accepted(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _post(url: str, webhook: Webhook, body_takes_s: int) -> int | None:
    """POST a webhook, and return the status, or None without one."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=_RECEIVER_S)
    path = f"{where.path or '/'}{f'?{where.query}' if where.query else ''}"
    try:
        connection.putrequest("POST", path)
        for name, value in webhook.headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(webhook.body)))
        half = len(webhook.body) // 2
        connection.endheaders(webhook.body[:half])
        time.sleep(body_takes_s)
        connection.send(webhook.body[half:])
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class RelayServer:
    """Where the sandbox sends webhooks. `relay` is the one of the current state, None between states."""

    def __init__(self) -> None:
        self.relay: Relay | None = None
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.relays = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_S,), name="relay", daemon=True)
        self._thread.start()

    def url_of(self, relay: Relay) -> str:
        """Return the URL of an endpoint. Each state has its own: webhooks of one that ended may still come."""
        return f"http://127.0.0.1:{self._server.server_port}{relay.path}"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def relay_server() -> Iterator[RelayServer]:
    """Take webhooks of the sandbox until the block ends."""
    server = RelayServer()
    try:
        yield server
    finally:
        server.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    relays: RelayServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - socketserver names the base class

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
        """Log nothing."""

    def do_POST(self) -> None:
        """Take a webhook."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        relay = self.server.relays.relay
        if relay is not None and relay.path == self.path:
            relay.take({name.lower(): value for name, value in self.headers.items()}, body)
        self.send_response_only(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
