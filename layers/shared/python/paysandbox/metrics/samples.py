"""The samples in a merchant's feed entries: one for each request, bank response, event and delivery attempt."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from paysandbox.core.event_type import EventType
from paysandbox.core.record import replace
from paysandbox.feed.entry import DeliveryAttempt, Event, RecordedEntry, Request
from paysandbox.metrics.figures import BankResponse, DeliverySample, RequestSample, Traffic
from paysandbox.metrics.time_range import TimeRange, ms

MAX_ENTRIES: Final = 20_000
"""The most entries that metrics are computed from."""

DECLINED: Final = "declined"
"""The outcome of a request that the bank declined."""

_BANK_RESPONSES: Final = {EventType.PAYMENT_AUTHORIZED: True, EventType.PAYMENT_DECLINED: False}
_APPROVED: Final = {str(kind): approved for kind, approved in _BANK_RESPONSES.items()}


def limit_entries(span: TimeRange, entries: Sequence[RecordedEntry]) -> tuple[TimeRange, Sequence[RecordedEntry]]:
    """Return the newest MAX_ENTRIES entries of a range, and the range with the time since which they are complete.

    `entries` are the newest first, and one more than MAX_ENTRIES if the range has more. An entry is recorded after it
    happened, so everything that happened since the oldest of them was recorded is among them.
    """
    if len(entries) <= MAX_ENTRIES:
        return span, entries
    newest = entries[:MAX_ENTRIES]
    return replace(span, complete_since=max(span.start, newest[-1].recorded_at)), newest


def traffic_of(entries: Iterable[RecordedEntry], *, stored_percent: int = 100) -> Traffic:
    """Return the samples of these entries. An entry that was stored several times counts once.

    `stored_percent` is that of `Traffic`.

    The bank's responses are taken from events, not from requests: so they include responses after a challenge or after
    the request, and both APIs. An event counts when it was recorded, because the sandbox's clock may have been moved.
    """
    traffic, known = Traffic(stored_percent=stored_percent), set[str]()
    for recorded in entries:
        entry = recorded.entry
        if entry.id in known:
            continue
        known.add(entry.id)
        match entry.subject:
            case Request() as request:
                traffic.requests.append(_request(request, entry.at))
            case Event() as event:
                recorded_ms = ms(recorded.recorded_at)
                traffic.events_ms.append(recorded_ms)
                if (approved := _APPROVED.get(event.type)) is not None:
                    traffic.bank_responses.append(BankResponse(recorded_ms, approved))
            case DeliveryAttempt() as attempt:
                sample = DeliverySample(
                    at_ms=ms(entry.at),
                    succeeded=attempt.succeeded,
                    latency_ms=attempt.latency_ms,
                    endpoint_id=attempt.endpoint_id,
                )
                traffic.deliveries.append(sample)
    return traffic


def _request(request: Request, at: datetime) -> RequestSample:
    return RequestSample(
        at_ms=ms(at),
        route=request.route,
        status=request.status,
        duration_ms=request.duration_ms,
        code=request.code,
        declined=request.outcome == DECLINED,
        replayed=request.replayed,
    )
