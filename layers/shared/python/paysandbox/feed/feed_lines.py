"""The feed's entries, from log lines: requests, stored events and delivery attempts. Pure.

A request's entry is made from its record in the request log. Its amount, reference and card are those of its masked
answer and, where that has none, of its masked body.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.core.merchant import is_merchant
from paysandbox.core.payment_facts import PAYMENT_FACTS, PaymentFacts, combined, facts_in, members
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.feed.entry import Card, DeliveryAttempt, Event, FeedEntry, Request
from paysandbox.request_log.log_lines import ATTEMPT_LINE, EVENT_LINE, UNREADABLE, LogLine
from paysandbox.request_log.request_record import RequestRecord

_MAX_ID: Final = 160
"""Longer than every id: those of deliveries have the attempt's number at their end."""

_Order = tuple[int, int, int]
_FIRST: Final[_Order] = (0, 0, 0)


@dataclass(slots=True)
class Entries:
    """The entries in a batch of lines, in the order in which they happened, and how many lines are unreadable."""

    entries: list[FeedEntry] = field(default_factory=list[FeedEntry])
    unreadable: int = 0
    error: Exception | None = None


def entries_of(records: Sequence[RequestRecord], lines: Sequence[LogLine]) -> Entries:
    """Return the entries of requests and of other lines. Lines of other kinds, or without a merchant, have none.

    They are in the order of the lines. Events of one flow have one time and are stored in any order. Their entries are
    in the order of the flow, at the place of the first line.
    """
    timed: list[tuple[datetime, _Order, FeedEntry]] = [(each.at, _FIRST, request_entry(each)) for each in records]
    first_line: dict[tuple[str, datetime], datetime] = {}
    made = Entries()
    for line in lines:
        try:
            entry = _entry(line.fields, line.at)
        except UNREADABLE as error:
            made.unreadable, made.error = made.unreadable + 1, error
            continue
        if entry is None:
            continue
        if not isinstance(entry.subject, Event):
            timed.append((line.at, _FIRST, entry))
            continue
        write = (entry.merchant, entry.at)
        first_line[write] = min(line.at, first_line.get(write, line.at))
        timed.append((line.at, _order(line.fields), entry))

    def place(timed_entry: tuple[datetime, _Order, FeedEntry]) -> tuple[datetime, _Order]:
        at, order, entry = timed_entry
        is_event = isinstance(entry.subject, Event)
        return (first_line[entry.merchant, entry.at] if is_event else at), order

    made.entries = [entry for _, _, entry in sorted(timed, key=place)]
    return made


def request_entry(record: RequestRecord) -> FeedEntry:
    """Return the entry of a request."""
    of_stripe = (record.path or "").startswith("/v1/")
    answer, body = (facts_in(members(text or ""), of_stripe=of_stripe) for text in (record.answer, record.body))
    facts = combined(answer, body)
    return FeedEntry(
        id=record.request_id,
        merchant=record.merchant,
        at=record.at,
        subject=Request(
            method=record.method,
            path=record.path or "",
            route=record.route,
            status=record.status,
            outcome=record.outcome,
            duration_ms=record.duration_ms,
            replayed=record.replayed,
            code=record.code,
            detail=record.detail,
            transaction_id=record.transaction_id,
        ),
        payment_id=record.payment_id,
        amount=facts.amount,
        currency=facts.currency,
        reference=facts.reference,
        card=_card(facts),
    )


def _entry(line: Mapping[str, Any], at: datetime) -> FeedEntry | None:
    kind, merchant = line.get("message"), line.get("merchant")
    if kind not in (EVENT_LINE, ATTEMPT_LINE) or merchant is None:
        return None
    if not isinstance(merchant, str) or not is_merchant(merchant):
        raise ValueError("a merchant of another form")
    return _event(line, merchant) if kind == EVENT_LINE else _attempt(line, merchant, at)


def _event(line: Mapping[str, Any], merchant: str) -> FeedEntry:
    event_id, happened_at = _text(line, "event_id"), parse_timestamp(_text(line, "at"))
    if happened_at.utcoffset() != timedelta(0):
        raise ValueError("an event happened at a time in UTC")
    subject = Event(type=_text(line, "event_type"), object_id=_optional(line, "object_id") or event_id)
    return _about(line, FeedEntry(id=_checked_id(event_id), merchant=merchant, at=happened_at, subject=subject))


def _attempt(line: Mapping[str, Any], merchant: str, at: datetime) -> FeedEntry:
    delivery_id, number = _text(line, "delivery_id"), _whole_number(line, "attempt")
    subject = DeliveryAttempt(
        delivery_id=delivery_id,
        event_id=_text(line, "event_id"),
        event_type=_text(line, "event_type"),
        endpoint_id=_text(line, "endpoint_id"),
        url=_text(line, "url"),
        attempt=number,
        latency_ms=_whole_number(line, "latency_ms"),
        status=_whole_number(line, "status") if line.get("status") is not None else None,
        error=_optional(line, "error"),
    )
    entry_id = _checked_id(f"{delivery_id}#{number}")
    return _about(line, FeedEntry(id=entry_id, merchant=merchant, at=at, subject=subject))


def _about(line: Mapping[str, Any], entry: FeedEntry) -> FeedEntry:
    """Add what the line says of the payment (`webhooks/events/facts.py`)."""
    named: dict[str, Any] = {name: line[name] for name in PAYMENT_FACTS if line.get(name) is not None}
    amount = named.pop("amount", None)
    if (
        isinstance(amount, bool)
        or not isinstance(amount, int | None)
        or any(type(fact) is not str for fact in named.values())
    ):
        raise ValueError("facts of another type")
    card = _card(PaymentFacts(**named))
    return FeedEntry(
        id=entry.id,
        merchant=entry.merchant,
        at=entry.at,
        subject=entry.subject,
        payment_id=named.get("payment_id"),
        amount=amount,
        currency=named.get("currency"),
        reference=named.get("reference"),
        card=card,
    )


def _card(facts: PaymentFacts) -> Card | None:
    if facts.card_brand is None or facts.card_last4 is None:
        return None
    return Card(brand=facts.card_brand, last4=facts.card_last4)


def _checked_id(text: str) -> str:
    if len(text) > _MAX_ID or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("an id of another form")
    return text


def _text(line: Mapping[str, Any], name: str) -> str:
    value = line[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is no text")
    return value


def _optional(line: Mapping[str, Any], name: str) -> str | None:
    return _text(line, name) if line.get(name) is not None else None


def _order(line: Mapping[str, Any]) -> _Order:
    """Return an event's place in its flow, its sequence, and its place among the events with the same sequence."""
    flow_place, place = (_whole_number(line, name) if name in line else 0 for name in ("flow_place", "place"))
    return flow_place, _whole_number(line, "sequence"), place


def _whole_number(line: Mapping[str, Any], name: str) -> int:
    value = line[name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} is no number")
    return value
