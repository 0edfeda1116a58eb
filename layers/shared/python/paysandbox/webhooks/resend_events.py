"""Sending events again: one event, or all of an endpoint since some time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries import Deliveries, delivery_of
from paysandbox.webhooks.delivery import Delivery, DeliveryStatus, is_missed
from paysandbox.webhooks.delivery_list import get_deliveries
from paysandbox.webhooks.delivery_queue import queue
from paysandbox.webhooks.endpoint import Endpoint, is_disabled, not_found
from paysandbox.webhooks.endpoints import get_endpoints
from paysandbox.webhooks.event_list import events_between
from paysandbox.webhooks.event_store import StoredEvent, get_event
from paysandbox.webhooks.resends import Resend, resend

MAX_REPLAYED: Final = 200
"""Events that one replay looks at. Their deliveries are opened within the time of a function."""

RESCUED_AFTER: Final = timedelta(minutes=5)
"""When the sweep picks up a delivery that was opened and, by a crash in between, never queued."""

_WRITERS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How many deliveries were opened, how many may not be any more, and where to go on (None: there is no more)."""

    planned: int
    left_out: int
    next_since: datetime | None


def resend_event(
    merchant: str, event_id: str, endpoint_id: str | None, *, operation_id: str, claimed_at: datetime, now: datetime
) -> list[Delivery]:
    """Send an event again: to that endpoint, or to every enabled one that listens to its type.

    Once by the operation's id: endpoints enabled after it was claimed are not among them. Raises Refused:
    resource_not_found, endpoint_disabled, too_many_resends (where no other delivery could be opened either).
    """
    event = get_event(webhook_tables.event_store(), merchant, event_id)
    if event is None:
        raise event_not_found()
    endpoints = get_endpoints(webhook_tables.endpoints(), merchant)
    if endpoint_id is not None:
        chosen = [_enabled(endpoints.get(endpoint_id))]
    else:
        chosen = [
            one
            for one in endpoints.values()
            if one.enabled and one.wants(event.type) and one.listens_since <= claimed_at
        ]
    again = Resend(operation_id, now + RESCUED_AFTER)
    opened: list[Delivery] = []
    full: list[Refused] = []
    for endpoint in sorted(chosen, key=lambda one: one.id):
        try:
            delivery = resend(webhook_tables.deliveries(), delivery_of(event, endpoint), again)
        except Refused as refused:
            if refused.code is not Code.TOO_MANY_RESENDS:
                raise
            full.append(refused)
        else:
            opened.append(delivery)
            _queue([delivery], unhealthy=endpoint.is_unhealthy(now))
    if full and not opened:
        raise full[0]
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
    """Send again what the endpoint listens to and happened since then, and before this was claimed.

    Looks at MAX_REPLAYED events at most. Once by the operation's id, as often as it is begun. They go the way of the
    retries: nobody's first attempt waits behind them. Raises Refused: resource_not_found, endpoint_disabled.
    """
    endpoint = _enabled(get_endpoints(webhook_tables.endpoints(), merchant).get(endpoint_id))
    events, next_since = events_between(webhook_tables.event_store(), merchant, since, claimed_at, limit=MAX_REPLAYED)
    wanted = [event for event in events if endpoint.wants(event.type)]
    if only_failed:
        wanted = _missed(wanted, endpoint, operation_id)
    again = Resend(operation_id, now + RESCUED_AFTER)
    # The clients are made here, not by several threads at once.
    open_one = partial(_open_if_may, webhook_tables.deliveries(), again)
    with ThreadPoolExecutor(_WRITERS) as pool:
        tried = list(pool.map(open_one, [delivery_of(event, endpoint) for event in wanted]))
    opened = [delivery for delivery in tried if delivery is not None]
    _queue(opened, unhealthy=True)
    return Replayed(planned=len(opened), left_out=len(tried) - len(opened), next_since=next_since)


def event_not_found() -> Refused:
    """No event of that id, or another's: one text, so that nobody learns which ids there are."""
    return Refused(
        Code.RESOURCE_NOT_FOUND,
        "No event of this merchant has that id. Events appear within seconds of their operation and are not kept for"
        " ever.",
    )


def delivery_not_found() -> Refused:
    """The same of a delivery."""
    return Refused(Code.RESOURCE_NOT_FOUND, "No delivery of this merchant has that id; `GET /webhooks/deliveries`.")


def _enabled(endpoint: Endpoint | None) -> Endpoint:
    if endpoint is None:
        raise not_found()
    if endpoint.disabled:
        raise is_disabled(endpoint.disabled)
    return endpoint


def _missed(events: Sequence[StoredEvent], endpoint: Endpoint, operation_id: str) -> list[StoredEvent]:
    """Those that never arrived, and those that this very operation opened already."""
    delivery_ids = [ids.delivery_id(event.id, endpoint.id) for event in events]
    held = get_deliveries(webhook_tables.deliveries(), delivery_ids)

    def is_wanted(event: StoredEvent, delivery: Delivery | None) -> bool:
        opened = delivery is not None and operation_id in delivery.resends
        return opened or is_missed(delivery, endpoint, event.at)

    return [event for event, name in zip(events, delivery_ids, strict=True) if is_wanted(event, held.get(name))]


def _open_if_may(deliveries: Deliveries, again: Resend, planned: Delivery) -> Delivery | None:
    try:
        return resend(deliveries, planned, again)
    except Refused as refused:
        if refused.code is not Code.TOO_MANY_RESENDS:
            raise
        return None


def _queue(deliveries: Sequence[Delivery], *, unhealthy: bool) -> None:
    """Those that still wait for their first try: a repeated request meets some that have gone on."""
    waiting = [one for one in deliveries if one.status is DeliveryStatus.PENDING and one.tries == 0]
    queue(waiting, unhealthy=unhealthy)
