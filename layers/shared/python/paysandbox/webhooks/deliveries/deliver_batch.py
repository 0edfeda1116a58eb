"""Deliver events: each message is one attempt to send one event to one endpoint, recorded before any follow-up action.

The first attempt is recorded by the write that stores the delivery. A worker that dies before it leaves the message in
its queue, and the attempt is made again.

A batch is read in one call (`_known`), and its attempts run in parallel, so that no endpoint waits for another. No
merchant gets more than its share of the slots: what exceeds it goes on to the queue for unhealthy endpoints, where it
takes turns.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.dynamodb.batch_get_tables import batch_get_tables
from paysandbox.aws.events.topic import trace_in
from paysandbox.aws.queue_batch import Answer, Message, answer, each, readable
from paysandbox.aws.sampling import is_in_sample
from paysandbox.aws.settings import DeliveryQueuesSettings, RetrySettings
from paysandbox.aws.trace_context import TRACEPARENT, xray_id_in
from paysandbox.core.cards.masking import masked_text
from paysandbox.core.record import record, replace
from paysandbox.http.faults.fault import Fault
from paysandbox.http.faults.kinds import WEBHOOK_DROP
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.attempts import Made, attempt
from paysandbox.webhooks.deliveries.deliveries import delivery_from, delivery_key, planned_delivery
from paysandbox.webhooks.deliveries.fair_share import PATIENCE, Slots, WorkerTime
from paysandbox.webhooks.deliveries.injected import NOT_SENT, fault_of, was_left_unsent
from paysandbox.webhooks.deliveries.message import DeliveryMessage, read_delivery_message
from paysandbox.webhooks.deliveries.publish_disabled import publish_endpoint_disabled
from paysandbox.webhooks.deliveries.queue import queue, send_to_dead_letter
from paysandbox.webhooks.deliveries.writes import cancel, give_up, record_attempt
from paysandbox.webhooks.delivery import Attempt, Delivery, DeliveryStatus, next_delay, retry_after, waits_in_queue
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints.endpoints import endpoints_from, endpoints_key
from paysandbox.webhooks.endpoints.health import after_attempt, needs_disabled_event
from paysandbox.webhooks.endpoints.health_writes import write_health
from paysandbox.webhooks.events.annotations import annotate_event
from paysandbox.webhooks.events.event_store import StoredEvent, event_from, event_key
from paysandbox.webhooks.events.facts import event_facts

_MAX_URL: Final = 500
"""Of an endpoint's URL in the log."""

_WORKER_TIME: Final = WorkerTime()


@record
class Waiting:
    """A queue message. `unhealthy`: it came from the queue for unhealthy endpoints."""

    message: DeliveryMessage
    unhealthy: bool


@record
class Known:
    """The stored deliveries, events and endpoints of a batch, by ID."""

    deliveries: Mapping[str, Delivery]
    events: Mapping[str, StoredEvent]
    endpoints: Mapping[str, Endpoint]

    def delivery_of(self, message: DeliveryMessage) -> Delivery | None:
        """Return the delivery that a message is for: the stored one, or as its event's fan-out planned it.

        None if neither is there any more.
        """
        delivery, event = self.deliveries.get(message.delivery_id), self.events.get(message.event_id)
        if delivery is None and event is not None:
            delivery = planned_delivery(event, message.endpoint_id)
        if delivery is None or delivery.id != message.delivery_id or delivery.merchant != message.merchant:
            return None
        return replace(delivery, trace=message.trace)

    def is_first_attempt(self, message: DeliveryMessage) -> bool:
        """Whether a message is for a delivery that its event planned to the endpoint as it is, and that has no item."""
        event, endpoint = self.events.get(message.event_id), self.endpoints.get(message.endpoint_id)
        if message.delivery_id in self.deliveries or event is None or endpoint is None:
            return False
        return event.planned.get(endpoint.id) == endpoint.generation

    def endpoint_of(self, waiting: Waiting) -> Endpoint | None:
        """Return the endpoint that a message is for, or None if it was deleted."""
        endpoint = self.endpoints.get(waiting.message.endpoint_id)
        return endpoint if endpoint is not None and endpoint.merchant == waiting.message.merchant else None


@record
class Batch:
    """What the messages of a batch share. `started_at` is wall time."""

    known: Known
    unpublished: Mapping[str, Exception]
    slots: Slots
    started_at: datetime


def deliver(event: Mapping[str, Any]) -> Answer:
    """Process one batch of messages from either queue.

    Messages that fail because of an internal error are retried. A failed delivery attempt is not such an error.
    """
    messages = readable(event, _waiting)
    if not messages:
        return answer([])
    started_at = runtime.wall_now()
    known = _known([message.content.message for message in messages])
    slots = Slots(message.content.message.merchant for message in messages)
    batch = Batch(known, _publish_pending_disabled_events(messages, known), slots, started_at)
    runtime.now()  # or each attempt would read the clock's offset, since they all begin at once
    _, failed = each(messages, partial(_work, batch))
    return failed


def _waiting(record: Mapping[str, Any]) -> Waiting:
    # A queue's ARN and its URL end with its name.
    name = record["eventSourceARN"].rpartition(":")[2]
    unhealthy = runtime.settings_of(DeliveryQueuesSettings).unhealthy_queue.rpartition("/")[2]
    message = replace(read_delivery_message(record["body"]), trace=trace_in(record))
    return Waiting(message, name == unhealthy)


def _known(messages: Sequence[DeliveryMessage]) -> Known:
    """Read what a batch is about.

    First attempts are read at half the price, without the newest writes. That is enough where it finds the event, with
    the delivery in its plan, and no delivery: an event does not change, and a first attempt is put under a condition.
    All else is read consistently: an event or a delivery that was just stored, or one that was just sent again.
    """
    first = _read([message for message in messages if not message.tries], consistently=False)
    unsure = [message for message in messages if message.tries or not first.is_first_attempt(message)]
    if not unsure:
        return first
    certain = _read(unsure, consistently=True)
    return Known(
        {**first.deliveries, **certain.deliveries},
        {**first.events, **certain.events},
        {**first.endpoints, **certain.endpoints},
    )


def _read(messages: Sequence[DeliveryMessage], *, consistently: bool) -> Known:
    if not messages:
        return Known({}, {}, {})
    deliveries, events = webhook_tables.deliveries(), webhook_tables.event_store()
    endpoints = webhook_tables.endpoints()
    wanted = {
        deliveries.table: [
            delivery_key(delivery_id) for delivery_id in sorted({message.delivery_id for message in messages})
        ],
        events.table: [event_key(event_id) for event_id in sorted({message.event_id for message in messages})],
        endpoints.table: [endpoints_key(merchant) for merchant in sorted({message.merchant for message in messages})],
    }
    eventually = () if consistently else (deliveries.table, events.table)
    stored = batch_get_tables(deliveries.client, wanted, eventually=eventually)
    every_endpoint = [endpoints_from(item) for item in stored[endpoints.table]]
    return Known(
        {delivery.id: delivery for delivery in map(delivery_from, stored[deliveries.table])},
        {event.id: event for event in map(event_from, stored[events.table])},
        {endpoint.id: endpoint for of_merchant in every_endpoint for endpoint in of_merchant.values()},
    )


def _publish_pending_disabled_events(messages: Sequence[Message[Waiting]], known: Known) -> Mapping[str, Exception]:
    """Publish missing `endpoint_disabled` events for the endpoints of this batch.

    The process that disabled an endpoint may have died before publishing. Returns the error for each endpoint whose
    event could still not be published: its messages fail, and all others proceed.
    """
    current = {endpoint.id: endpoint for message in messages if (endpoint := known.endpoint_of(message.content))}
    unpublished: dict[str, Exception] = {}
    for endpoint in current.values():
        if needs_disabled_event(endpoint):
            try:
                publish_endpoint_disabled(endpoint)
            except Exception as error:  # noqa: BLE001 - no error may block the other endpoints
                unpublished[endpoint.id] = error
    return unpublished


def _work(batch: Batch, waiting: Waiting) -> None:
    """Process a message, unless it is outdated."""
    if waiting.message.endpoint_id in batch.unpublished:
        raise batch.unpublished[waiting.message.endpoint_id]
    deliveries, known, message = webhook_tables.deliveries(), batch.known, waiting.message
    delivery, endpoint = known.delivery_of(message), known.endpoint_of(waiting)
    if delivery is None:
        return  # expired
    if delivery.tries == message.tries + 1:
        _catch_up(delivery, endpoint)
    if delivery.status is not DeliveryStatus.PENDING or delivery.tries != message.tries:
        return  # outdated message
    event = known.events.get(message.event_id)
    if endpoint is None or delivery.status_for(endpoint) is DeliveryStatus.CANCELED:
        cancel(deliveries, delivery)
    elif event is None:
        give_up(deliveries, delivery)  # the event has expired, so there is nothing left to send
    elif endpoint.is_unhealthy(runtime.now()) and not waiting.unhealthy:
        queue([delivery], unhealthy=True)  # the endpoint was healthy when this was queued
    else:
        with batch.slots.slot(message.merchant, patience=None if waiting.unhealthy else PATIENCE) as has_slot:
            if has_slot:
                _try(batch, delivery, endpoint, event)
            else:
                queue([delivery], unhealthy=True)  # the merchant's other deliveries take more than its share


def _catch_up(delivery: Delivery, endpoint: Endpoint | None) -> None:
    """Repeat the follow-up of this message's recorded try, in case the process died after recording. Idempotent."""
    if delivery.attempts and was_left_unsent(delivery.attempts[-1]):
        return
    if delivery.status is DeliveryStatus.FAILED:
        send_to_dead_letter(delivery)
    last = delivery.attempts[-1] if delivery.attempts else None
    if endpoint is None or last is None or last.succeeded or endpoint.generation != delivery.generation:
        return
    if endpoint.enabled and (endpoint.failing is None or endpoint.failing.last_at < last.at):
        _note_health(endpoint, last)


def _try(batch: Batch, delivery: Delivery, endpoint: Endpoint, event: StoredEvent) -> None:
    fault = fault_of(delivery)
    made = attempt(delivery, endpoint, event, fault)
    over_share = _WORKER_TIME.occupy(endpoint.merchant, batch.started_at, runtime.wall_now())
    # The feed is made from this line, and has the same share of the successful attempts.
    if not made.attempt.succeeded or is_in_sample(event.id):
        _log_attempt(delivery, endpoint, event, made)
    if xray_id_in(delivery.trace) is not None:
        outcome = "delivered" if made.attempt.succeeded else "delivery_failed"
        annotate_event(replace(event, trace=delivery.trace), outcome=outcome)
    if fault is not None and fault.kind.name in NOT_SENT:
        _leave_unsent(delivery, made.attempt, fault)
        return
    if made.attempt.succeeded:
        record_attempt(webhook_tables.deliveries(), delivery, made.attempt, DeliveryStatus.DELIVERED)
    else:
        _fail(delivery, made)
    _note_health(endpoint, made.attempt, over_share=over_share or batch.slots.were_exceeded(endpoint.merchant))


def _leave_unsent(delivery: Delivery, made: Attempt, fault: Fault) -> None:
    """Record an attempt that a fault has left out: the delivery ends with it, or is due later.

    It is no failure of the endpoint, and no dead letter.
    """
    if fault.kind.name == WEBHOOK_DROP:
        record_attempt(webhook_tables.deliveries(), delivery, made, DeliveryStatus.FAILED)
        return
    due_at = runtime.now() + timedelta(seconds=fault.number("s"))
    record_attempt(webhook_tables.deliveries(), delivery, made, DeliveryStatus.PENDING, due_at)


def _log_attempt(delivery: Delivery, endpoint: Endpoint, event: StoredEvent, sent: Made) -> None:
    made = sent.attempt
    telemetry.attempted(
        {
            "delivery_id": delivery.id,
            "endpoint_id": endpoint.id,
            "url": masked_text(endpoint.url, _MAX_URL),
            "event_id": event.id,
            "event_type": event.type,
            "merchant": delivery.merchant,
            "attempt": made.number,
            "status": made.status,
            "error": made.error,
            "fault": made.fault,
            "latency_ms": made.latency_ms,
            **({} if sent.traceparent is None else {TRACEPARENT: sent.traceparent}),
            **event_facts(event.body),
        }
    )


def _fail(delivery: Delivery, made: Made) -> None:
    """Record a failed attempt and schedule the retry, or dead-letter the delivery after the last one."""
    tries = delivery.tries + 1
    requested = retry_after(made.retry_after, made.wall_at)
    delay = next_delay(delivery.id, tries, runtime.settings_of(RetrySettings).schedule, requested)
    if delay is None:
        if record_attempt(webhook_tables.deliveries(), delivery, made.attempt, DeliveryStatus.FAILED):
            send_to_dead_letter(replace(delivery, tries=tries))
        return
    due_at = runtime.now() + delay
    recorded = record_attempt(webhook_tables.deliveries(), delivery, made.attempt, DeliveryStatus.PENDING, due_at)
    if recorded and waits_in_queue(tries, delay) and not made.attempt.gone:
        queue([replace(delivery, tries=tries)], unhealthy=True, delay_s=-(-delay // timedelta(seconds=1)))


def _note_health(endpoint: Endpoint, made: Attempt, *, over_share: bool = False) -> None:
    disable_after = timedelta(seconds=runtime.settings_of(RetrySettings).webhook_disable_after_s)
    after = after_attempt(endpoint, made, disable_after, over_share=over_share)
    if after == endpoint:
        return
    current = write_health(webhook_tables.endpoints(), endpoint, after)
    if current is not None and needs_disabled_event(current):
        publish_endpoint_disabled(current)
