"""Webhooks end to end in this process: the real workers with moto's tables and queues, and receivers on this machine.

    office = WebhookWorkers()
    endpoint = office.endpoint(1, shop.url)
    office.plan(event)          # as delivered by the topic
    office.work()               # runs the delivery worker until the queues are empty

Queues behave like Lambda's event sources: messages that a worker does not report as failed are deleted, the others are
delivered again. Delayed messages are available at once, since tests do not sleep.
"""

import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from paysandbox.aws import runtime
from paysandbox.aws.events.topic import PLACE, TRACE
from paysandbox.aws.settings import ClockSettings, DeadLetterSettings, DeliveryQueuesSettings, TopicSettings
from paysandbox.core import ids
from paysandbox.payments.events.event import events_of
from paysandbox.payments.events.rendering import render_event
from paysandbox.payments.payment import Payment
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.deliveries import delivery_from, planned_delivery
from paysandbox.webhooks.deliveries.message import render_delivery_message
from paysandbox.webhooks.delivery import Delivery
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints.endpoints import endpoint_entry, endpoints_key, get_endpoints
from paysandbox.webhooks.events import holding
from paysandbox.webhooks.events.event_store import StoredEvent, event_from
from tests.support.builders import build
from tests.support.worlds import table_snapshot, tables

Json = dict[str, Any]

HEALTHY: Final = "deliveries"
SUSPECTS: Final = "suspects"
DEAD: Final = "dead-deliveries"
PARKED: Final = "parked"
_ACCOUNT: Final = "arn:aws:sqs:us-east-1:123456789012"

LONG: Final = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
"""The Lambda context of a function with plenty of time."""


def stored(before: Payment | None, after: Payment) -> list[StoredEvent]:
    """Return the events of a write, as published."""
    return [
        StoredEvent(id=one.id, merchant=one.merchant, type=str(one.type), at=one.at, body=render_event(one))
        for one in events_of(before, after)
    ]


def happened(number: int = 1, *, at: datetime = build.MONDAY, **parts: Any) -> StoredEvent:
    """Return the event of an authorization of payment `number`."""
    payment = build.authorized(payment_id=ids.payment_id("happened", str(number)), now=at, **parts)
    return stored(None, payment)[0]


class WebhookWorkers:
    """Queues and topic, initially empty. The only subscriber is the planner's queue."""

    def __init__(self) -> None:
        queues = runtime.settings_of(DeliveryQueuesSettings)
        self.urls = {
            HEALTHY: queues.deliveries_queue,
            SUSPECTS: queues.unhealthy_queue,
            DEAD: queues.dead_deliveries_queue,
            PARKED: runtime.settings_of(DeadLetterSettings).dead_letter_queue,
        }
        for name, url in self.urls.items():
            assert runtime.sqs().create_queue(QueueName=name)["QueueUrl"] == url
        self.topic = runtime.settings_of(TopicSettings).webhook_topic
        runtime.sns().create_topic(Name=self.topic.rpartition(":")[2])
        plan = runtime.sqs().create_queue(QueueName="events-to-plan")["QueueUrl"]
        self.urls["events-to-plan"] = plan
        runtime.sns().subscribe(
            TopicArn=self.topic,
            Protocol="sqs",
            Endpoint=f"{_ACCOUNT}:events-to-plan",
            Attributes={"RawMessageDelivery": "true"},
        )
        self._numbers = itertools.count(1)
        for name in self.urls:
            list(self._taken(name))

    # --- state --------------------------------------------------------------------------------------------------------

    def endpoint(self, number: int, url: str, *, merchant: str = build.MERCHANT, **parts: Any) -> Endpoint:
        """Store an endpoint for all events since Monday, or as in `parts`."""
        made = Endpoint(
            id=ids.endpoint_id(merchant, str(number)),
            merchant=merchant,
            url=url,
            events=("*",),
            created_at=build.MONDAY,
            listens_since=build.MONDAY,
            request_id="request-of-create",
        )
        made = replace(made, **parts)
        held = get_endpoints(webhook_tables.endpoints(), merchant) | {made.id: made}
        store = webhook_tables.endpoints()
        entries = {one.id: endpoint_entry(one) for one in held.values()}
        store.client.put_item(TableName=store.table, Item={**endpoints_key(merchant), "endpoints": {"M": entries}})
        return made

    def held(self, endpoint: Endpoint) -> Endpoint:
        """Return the stored endpoint."""
        return get_endpoints(webhook_tables.endpoints(), endpoint.merchant)[endpoint.id]

    def deliveries(self) -> dict[str, Delivery]:
        """Return all deliveries by ID, including those that are planned and were not attempted yet."""
        planned = [planned_delivery(event, name) for event in self.events().values() for name in event.planned]
        return {one.id: one for one in planned if one is not None} | self.stored()

    def stored(self) -> dict[str, Delivery]:
        """Return the deliveries that have an item, by ID."""
        return {one.id: one for one in map(delivery_from, table_snapshot.items_of(webhook_tables.deliveries().table))}

    def delivery(self, event: StoredEvent, endpoint: Endpoint) -> Delivery:
        """Return the delivery of an event to an endpoint."""
        return self.deliveries()[ids.delivery_id(event.id, endpoint.id)]

    def events(self) -> dict[str, StoredEvent]:
        """Return all stored events."""
        return {one.id: one for one in map(event_from, table_snapshot.items_of(webhook_tables.event_store().table))}

    # --- actions ------------------------------------------------------------------------------------------------------

    def plan(self, *events: StoredEvent) -> Json:
        """Pass events to the planner as the topic's raw messages."""
        from webhooks import plan_deliveries

        return plan_deliveries.handler({"Records": [self.told(event) for event in events]}, None)

    def wait_for_lists(self) -> None:
        """Advance the clock until lists hold back no event that was stored by now."""
        offset = runtime.settings_of(ClockSettings).clock_offset_s + holding.MOST // timedelta(seconds=1)
        os.environ |= ClockSettings(offset).to_env()
        runtime._settings.cache_clear()

    def told(self, event: StoredEvent) -> Json:
        """Return an event as a message of the planner's queue."""
        merchant = {"merchant": {"stringValue": event.merchant, "dataType": "String"}}
        place = {PLACE: {"stringValue": str(event.place), "dataType": "Number"}} if event.place else {}
        trace = {TRACE: {"stringValue": event.trace, "dataType": "String"}} if event.trace else {}
        return self.record(event.body, "events-to-plan") | {"messageAttributes": merchant | place | trace}

    def record(self, body: str, queue: str) -> Json:
        """Return a message in Lambda's format."""
        return {
            "messageId": f"message-{next(self._numbers)}",
            "body": body,
            "eventSourceARN": f"{_ACCOUNT}:{queue}",
            "messageAttributes": {},
        }

    def deliver(self, *records: Json) -> Json:
        """Pass messages to the delivery worker."""
        from webhooks import deliver_event

        return deliver_event.handler({"Records": [*records]}, None)

    def message(self, delivery: Delivery, queue: str = HEALTHY) -> Json:
        """Return a delivery as a message of a queue."""
        return self.record(render_delivery_message(delivery), queue)

    def sweep(self) -> Json:
        """Run the sweep."""
        from webhooks import sweep_deliveries

        return sweep_deliveries.handler({}, LONG)

    def waiting(self, queue: str) -> list[Json]:
        """Take the messages in a queue, including delayed ones."""
        return [self.record(body, queue) for body in self._taken(queue)]

    def bodies(self, queue: str) -> list[Json]:
        """Take the messages in a queue, as JSON."""
        return [json.loads(body) for body in self._taken(queue)]

    def told_about(self) -> list[Json]:
        """Return the messages published since the last call: events and their merchants."""
        return [json.loads(body) for body in self._taken("events-to-plan")]

    def work(self, rounds: int = 20) -> None:
        """Run the delivery worker until both queues are empty. Failed messages return to their queue."""
        for _ in range(rounds):
            batches = [batch for queue in (HEALTHY, SUSPECTS) if (batch := self.waiting(queue))]
            if not batches:
                return
            for batch in batches:
                failed = self.deliver(*batch)["batchItemFailures"]
                again = {one["itemIdentifier"] for one in failed}
                for record in batch:
                    if record["messageId"] in again:
                        name = record["eventSourceARN"].rpartition(":")[2]
                        runtime.sqs().send_message(QueueUrl=self.urls[name], MessageBody=record["body"])
        raise AssertionError(f"not done after {rounds} rounds")

    def _taken(self, queue: str) -> Iterator[str]:
        held = sqs_backends[DEFAULT_ACCOUNT_ID][tables.REGION].queues[queue]._messages
        # Directly from moto, since SQS's interface hides a message until its delay is over.
        taken = [message.body for message in held]
        held.clear()
        yield from taken
