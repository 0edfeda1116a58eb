"""An entry of the feed: a request, an event or a delivery attempt, and the payment that it is about."""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp

SHOWN: Final = timedelta(hours=24)
"""How far back the feed can be read."""

RETENTION: Final = timedelta(hours=25)
"""How long an entry is stored. DynamoDB deletes expired items late, so SHOWN is what a reader may rely on."""


@record(kw_only=True)
class Card:
    """What may be shown of a card: its brand and its last four digits."""

    brand: str
    last4: str


@record(kw_only=True)
class Request:
    """A request and its response. `route` is the operation id; `path` is the request's own path, without its query."""

    method: str
    path: str
    route: str
    status: int
    outcome: str
    duration_ms: int
    replayed: bool = False
    code: str | None = None
    detail: str | None = None
    transaction_id: str | None = None


@record(kw_only=True)
class Event:
    """A published event. `object_id` is the operation or object that it is about."""

    type: str
    object_id: str


@record(kw_only=True)
class DeliveryAttempt:
    """One POST of an event to an endpoint. `status` is the HTTP status, or None if `error` is set."""

    delivery_id: str
    event_id: str
    event_type: str
    endpoint_id: str
    url: str
    attempt: int
    latency_ms: int
    status: int | None = None
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx."""
        return self.status is not None and 200 <= self.status <= 299


Subject = Request | Event | DeliveryAttempt

KINDS: Final[dict[str, type[Subject]]] = {"request": Request, "event": Event, "delivery_attempt": DeliveryAttempt}
"""The kinds of entries, and the shape of each."""


@record(kw_only=True)
class FeedEntry:
    """One entry. `id` is the same however often its log line is delivered.

    `at` is when it happened, in UTC: wall time for requests and attempts, the sandbox's time for events. `payment_id`
    is the payment or disbursement that it is about. `amount` is in minor units.
    """

    id: str
    merchant: str
    at: datetime
    subject: Subject
    payment_id: str | None = None
    amount: int | None = None
    currency: str | None = None
    reference: str | None = None
    card: Card | None = None

    @property
    def kind(self) -> str:
        """`request`, `event` or `delivery_attempt`."""
        return next(name for name, shape in KINDS.items() if isinstance(self.subject, shape))


@record(kw_only=True)
class RecordedEntry:
    """An entry with its position in the feed: the wall time of recording, and the entry's id."""

    position: str
    entry: FeedEntry

    @property
    def recorded_at(self) -> datetime:
        """The wall time at which the writer stamped the entry, just before it wrote it."""
        return stamp_of(self.position)


_STAMP_LENGTH: Final = len("2026-11-22T15:30:00.123456Z")
_OPTIONAL: Final = ("payment_id", "amount", "currency", "reference")


def position_of(entry_id: str, recorded_at: datetime) -> str:
    """Return an entry's position: string order is the order of recording."""
    return f"{format_timestamp(recorded_at)}#{entry_id}"


def stamp_of(position: str) -> datetime:
    """Return the wall time of recording in a position."""
    return parse_timestamp(position[:_STAMP_LENGTH])


def entry_text(entry: FeedEntry) -> str:
    """Serialize an entry as it is stored. Fields without a value are omitted."""
    stored: dict[str, Any] = {"id": entry.id, "at": format_timestamp(entry.at)}
    stored |= {name: value for name in _OPTIONAL if (value := getattr(entry, name)) is not None}
    if entry.card is not None:
        stored["card"] = _fields(entry.card)
    stored[entry.kind] = _fields(entry.subject)
    return json.dumps(stored, separators=(",", ":"), ensure_ascii=False)


def entry_from(text: str, merchant: str) -> FeedEntry:
    """Read an entry that `entry_text` serialized."""
    stored: dict[str, Any] = json.loads(text)
    kind = next(name for name in KINDS if name in stored)
    return FeedEntry(
        id=stored["id"],
        merchant=merchant,
        at=parse_timestamp(stored["at"]),
        subject=KINDS[kind](**stored[kind]),
        card=Card(**stored["card"]) if "card" in stored else None,
        **{name: stored[name] for name in _OPTIONAL if name in stored},
    )


def _fields(part: Card | Subject) -> dict[str, Any]:
    return {name: value for name, value in vars(part).items() if value is not None}
