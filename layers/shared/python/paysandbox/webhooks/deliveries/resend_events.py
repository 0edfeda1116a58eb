"""Resend events: a single event, or all of an endpoint's events since some time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.deliveries import Deliveries, delivery_of
from paysandbox.webhooks.deliveries.lists import get_deliveries
from paysandbox.webhooks.deliveries.queue import queue
from paysandbox.webhooks.deliveries.resends import Resend, resend
from paysandbox.webhooks.delivery import Delivery, DeliveryStatus, is_missed
from paysandbox.webhooks.endpoint import Endpoint, is_disabled, not_found
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from paysandbox.webhooks.events.event_store import StoredEvent, get_event
from paysandbox.webhooks.events.lists import events_between

MAX_REPLAYED: Final = 200
"""Maximum number of events per replay. Their deliveries are opened within one function invocation."""

RESCUED_AFTER: Final = timedelta(minutes=5)
"""When the sweep picks up a delivery that was opened but, because of a crash, never queued."""

_WRITERS: Final = 8


@record(kw_only=True)
class Replayed:
    """How many deliveries were opened and skipped, and the time to continue from (None: no more events)."""

    planned: int
    left_out: int
    next_since: datetime | None


def resend_event(
    merchant: str, event_id: str, endpoint_id: str | None, *, operation_id: str, claimed_at: datetime, now: datetime
) -> list[Delivery]:
    """Resend an event to one endpoint, or to every enabled endpoint that subscribes to its type.

    Idempotent by operation ID: endpoints enabled after `claimed_at` are excluded. Raises Refused: resource_not_found,
    endpoint_disabled, too_many_resends (only if no delivery could be opened).
    """
    event = get_event(webhook_tables.event_store(), merchant, event_id)
    if event is None:
        raise event_not_found()
    endpoints = get_endpoints(webhook_tables.endpoints(), merchant)
    if endpoint_id is not None:
        chosen = [_enabled(endpoints.get(endpoint_id))]
    else:
        chosen = [
            candidate
            for candidate in endpoints.values()
            if candidate.enabled
            and not candidate.connect
            and candidate.subscribes_to(event.type)
            and candidate.listens_since <= claimed_at
        ]
    request = Resend(operation_id, now + RESCUED_AFTER)
    opened: list[Delivery] = []
    refusals: list[Refused] = []
    for endpoint in sorted(chosen, key=lambda candidate: candidate.id):
        try:
            delivery = resend(webhook_tables.deliveries(), delivery_of(event, endpoint), request)
        except Refused as refused:
            if refused.code is not Code.TOO_MANY_RESENDS:
                raise
            refusals.append(refused)
        else:
            opened.append(delivery)
            _queue([delivery], unhealthy=endpoint.is_unhealthy(now))
    if refusals and not opened:
        raise refusals[0]
    return opened


def replay(
    merchant: str,
    endpoint_id: str,
    since: datetime,
    *,
    only_failed: bool,
    operation_id: str,
    claimed_at: datetime,
    now: datetime,
) -> Replayed:
    """Resend the subscribed events recorded from `since` up to `claimed_at` to an endpoint.

    Covers at most MAX_REPLAYED events. Idempotent by operation ID. Deliveries go through the retry queue, so that they
    do not delay first attempts. Raises Refused: resource_not_found, endpoint_disabled.
    """
    endpoint = _enabled(get_endpoints(webhook_tables.endpoints(), merchant).get(endpoint_id))
    events, next_since = events_between(webhook_tables.event_store(), merchant, since, claimed_at, limit=MAX_REPLAYED)
    selected = [event for event in events if endpoint.subscribes_to(event.type)]
    if only_failed:
        selected = _missed(selected, endpoint, operation_id)
    request = Resend(operation_id, now + RESCUED_AFTER)
    # Create the client here, not concurrently in the threads.
    open_one = partial(_open_unless_exhausted, webhook_tables.deliveries(), request)
    with ThreadPoolExecutor(_WRITERS) as pool:
        results = list(pool.map(open_one, [delivery_of(event, endpoint) for event in selected]))
    opened = [delivery for delivery in results if delivery is not None]
    _queue(opened, unhealthy=True)
    return Replayed(planned=len(opened), left_out=len(results) - len(opened), next_since=next_since)


def event_not_found() -> Refused:
    """Return the same refusal for an unknown and a foreign ID, so that IDs cannot be probed."""
    return Refused(
        Code.RESOURCE_NOT_FOUND,
        "This merchant has no event with this id. Events appear within seconds of their operation and are deleted "
        "after a retention period.",
    )


def delivery_not_found() -> Refused:
    """Return the same refusal for an unknown and a foreign delivery ID."""
    return Refused(
        Code.RESOURCE_NOT_FOUND,
        "This merchant has no delivery with this id. `GET /webhooks/deliveries` lists deliveries from their first "
        "attempt on.",
    )


def _enabled(endpoint: Endpoint | None) -> Endpoint:
    if endpoint is None:
        raise not_found()
    if endpoint.disabled:
        raise is_disabled(endpoint.disabled)
    return endpoint


def _missed(events: Sequence[StoredEvent], endpoint: Endpoint, operation_id: str) -> list[StoredEvent]:
    """Return the events that were never delivered, and those that this operation already opened."""
    delivery_ids = [ids.delivery_id(event.id, endpoint.id) for event in events]
    stored = get_deliveries(webhook_tables.deliveries(), delivery_ids)

    def is_selected(event: StoredEvent, delivery: Delivery | None) -> bool:
        opened = delivery is not None and operation_id in delivery.resends
        return opened or is_missed(delivery, endpoint, event.at)

    return [event for event, name in zip(events, delivery_ids, strict=True) if is_selected(event, stored.get(name))]


def _open_unless_exhausted(deliveries: Deliveries, request: Resend, planned: Delivery) -> Delivery | None:
    try:
        return resend(deliveries, planned, request)
    except Refused as refused:
        if refused.code is not Code.TOO_MANY_RESENDS:
            raise
        return None


def _queue(deliveries: Sequence[Delivery], *, unhealthy: bool) -> None:
    """Queue the deliveries that wait for their first try. On a repeated request, some may already have been results."""
    waiting = [delivery for delivery in deliveries if delivery.status is DeliveryStatus.PENDING and delivery.tries == 0]
    queue(waiting, unhealthy=unhealthy)
