"""`paysandbox redrive webhooks`: sends deliveries again that failed for good, from the dead-letter queue.

A message leaves the queue `dead-deliveries` only after its delivery is queued again, so an interrupted run loses
nothing and the next one continues. However often a message is processed, its delivery is reopened once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import typer

from cli.terminal.failure import Failure
from cli.terminal.output import print_json

if TYPE_CHECKING:
    from cli.connection.target import Target
    from paysandbox.aws.settings import DeliveryQueuesSettings
    from paysandbox.webhooks.deliveries.deliveries import Deliveries
    from paysandbox.webhooks.deliveries.message import DeliveryMessage
    from paysandbox.webhooks.delivery import Delivery
    from paysandbox.webhooks.endpoint import Endpoint
    from paysandbox.webhooks.endpoints.endpoints import Endpoints
    from paysandbox.webhooks.events.event_store import EventStore

# The visibility timeout: messages of a killed run become visible again after it.
_OURS_FOR_S: Final = 60
_BATCH: Final = 10


class Outcome(StrEnum):
    """The result for one message."""

    REDRIVEN = "redriven"
    OUT_OF_DATE = "out_of_date"
    """It was delivered meanwhile, was canceled, or is already queued."""
    ENDPOINT_DELETED = "endpoint_deleted"
    ENDPOINT_DISABLED = "endpoint_disabled"
    TOO_MANY_RESENDS = "too_many_resends"
    UNREADABLE = "unreadable"


_LEFT: Final = {
    Outcome.ENDPOINT_DISABLED: "the endpoint is disabled. Re-enable it (endpoints update --enable) and run this again",
    Outcome.TOO_MANY_RESENDS: "the resend limit is reached",
    Outcome.UNREADABLE: "the message is not a delivery",
}
_DROPPED: Final = {
    Outcome.OUT_OF_DATE: "the delivery is no longer due",
    Outcome.ENDPOINT_DELETED: "the endpoint was deleted",
}


@dataclass
class Redrive:
    """One run: its clients and tables, and its results by outcome. `wait_s` is that of WAIT_S."""

    sqs: Any
    queues: DeliveryQueuesSettings
    deliveries: Deliveries
    endpoints: Endpoints
    events: EventStore
    now: datetime
    wait_s: int
    counts: Counter[Outcome] = field(default_factory=Counter[Outcome])

    def run(self) -> Iterator[int]:
        """Run until the queue has no new messages. Yields the number of messages processed, after each batch."""
        left: dict[str, str] = {}
        seen: set[str] = set()
        while fresh := [message for message in self._receive() if message["MessageId"] not in seen]:
            for message in fresh:
                seen.add(message["MessageId"])
                outcome = self._work(message)
                self.counts[outcome] += 1
                if outcome in _LEFT:
                    left[message["MessageId"]] = message["ReceiptHandle"]
                else:
                    self.sqs.delete_message(
                        QueueUrl=self.queues.dead_deliveries_queue, ReceiptHandle=message["ReceiptHandle"]
                    )
            yield len(seen)
        for handle in left.values():
            self.sqs.change_message_visibility(
                QueueUrl=self.queues.dead_deliveries_queue, ReceiptHandle=handle, VisibilityTimeout=0
            )

    def _receive(self) -> list[dict[str, Any]]:
        return self.sqs.receive_message(
            QueueUrl=self.queues.dead_deliveries_queue,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=_OURS_FOR_S,
            WaitTimeSeconds=self.wait_s,
        ).get("Messages", [])

    def _work(self, message: Mapping[str, Any]) -> Outcome:
        from paysandbox.core.ids import derive
        from paysandbox.webhooks.deliveries.message import read_delivery_message
        from paysandbox.webhooks.endpoints.endpoints import get_endpoints

        try:
            delivery_message = read_delivery_message(message["Body"])
        except ValueError:
            return Outcome.UNREADABLE
        operation_id = f"redrive_{derive('redrive', message['MessageId'])}"
        delivery = self._delivery(delivery_message)
        if delivery is None or not _needs(delivery, delivery_message, operation_id):
            return Outcome.OUT_OF_DATE
        endpoint = get_endpoints(self.endpoints, delivery.merchant).get(delivery.endpoint_id)
        if endpoint is None:
            return Outcome.ENDPOINT_DELETED
        if not endpoint.enabled:
            return Outcome.ENDPOINT_DISABLED
        return self._send(delivery, endpoint, operation_id)

    def _delivery(self, message: DeliveryMessage) -> Delivery | None:
        """Return the stored delivery, or the planned one if its first attempt was never made."""
        from paysandbox.webhooks.deliveries.deliveries import planned_delivery
        from paysandbox.webhooks.deliveries.lists import get_delivery
        from paysandbox.webhooks.events.event_store import get_event

        stored = get_delivery(self.deliveries, message.merchant, message.delivery_id)
        if stored is not None:
            return stored
        event = get_event(self.events, message.merchant, message.event_id)
        return planned_delivery(event, message.endpoint_id) if event is not None else None

    def _send(self, delivery: Delivery, endpoint: Endpoint, operation_id: str) -> Outcome:
        from paysandbox.webhooks.deliveries.deliveries import put_delivery
        from paysandbox.webhooks.deliveries.message import render_delivery_message
        from paysandbox.webhooks.deliveries.writes import reopen
        from paysandbox.webhooks.delivery import DeliveryStatus

        opened = reopen(self.deliveries, delivery.id, endpoint.generation, operation_id)
        if opened is None:
            new = replace(delivery, generation=endpoint.generation, resends=frozenset({operation_id}))
            put_delivery(self.deliveries, new)
            opened = reopen(self.deliveries, delivery.id, endpoint.generation, operation_id)
        if opened is None:
            return Outcome.OUT_OF_DATE
        if operation_id not in opened.resends:
            return Outcome.TOO_MANY_RESENDS
        if opened.status is not DeliveryStatus.PENDING:
            return Outcome.OUT_OF_DATE
        suspect = endpoint.is_unhealthy(self.now)
        queue = self.queues.unhealthy_queue if suspect else self.queues.deliveries_queue
        body = render_delivery_message(opened)
        self.sqs.send_message(QueueUrl=queue, MessageBody=body, MessageGroupId=opened.merchant)
        return Outcome.REDRIVEN


def _needs(delivery: Delivery, message: DeliveryMessage, operation_id: str) -> bool:
    """Return whether the delivery must be queued. An interrupted run may have reopened it without queuing it."""
    from paysandbox.webhooks.delivery import DeliveryStatus

    if operation_id in delivery.resends:
        return delivery.status is DeliveryStatus.PENDING and delivery.tries == 0
    # A worker that failed for its own reasons leaves a pending delivery, with as many tries as the message.
    stuck = delivery.status is DeliveryStatus.PENDING and delivery.tries == message.tries
    return delivery.status is DeliveryStatus.FAILED or stuck


def redrive_deliveries(target: Target, *, as_json: bool) -> None:
    """Redrive the queue and print the outcome. Exit with 1 if messages remain in the dead-letter queue."""
    from cli.terminal.console import stderr_console
    from cli.terminal.steps import steps_on
    from cli.terminal.text import counted

    work = _redrive_of(target)
    with steps_on(stderr_console(), ("redrive",)) as steps, steps.step("redrive") as step:
        looked_at = 0
        for looked_at in work.run():
            step.say(counted(looked_at, "message"), passing=True)
        step.result(f"{counted(looked_at, 'message')} in {work.queues.dead_deliveries_queue.rpartition('/')[2]}")
    if as_json:
        counts = {str(outcome): work.counts[outcome] for outcome in Outcome}
        print_json({"environment": target.environment, "queue": "webhooks", **counts})
    else:
        _print(work.counts)
    if any(work.counts[outcome] for outcome in _LEFT):
        raise typer.Exit(1)


def _redrive_of(target: Target) -> Redrive:
    from cli.connection.clock_offset import stored_offset_s
    from cli.dead_letters.dead_letter_queue import WAIT_S
    from paysandbox.aws.settings import DeliveryQueuesSettings, WebhookTablesSettings
    from paysandbox.webhooks.deliveries.deliveries import Deliveries
    from paysandbox.webhooks.endpoints.endpoints import Endpoints
    from paysandbox.webhooks.events.event_store import EventStore

    variables = _variables(target)
    try:
        tables, queues = WebhookTablesSettings.from_env(variables), DeliveryQueuesSettings.from_env(variables)
    except KeyError as missing:
        raise _too_old(target) from missing
    dynamodb = target.client("dynamodb")
    return Redrive(
        sqs=target.client("sqs"),
        queues=queues,
        deliveries=Deliveries(dynamodb, tables.deliveries_table, tables.event_retention_s, target.index_shards),
        endpoints=Endpoints(dynamodb, tables.endpoints_table),
        events=EventStore(dynamodb, tables.events_table, tables.event_retention_s),
        now=datetime.now(UTC) + timedelta(seconds=stored_offset_s(target)),
        wait_s=WAIT_S[target.is_local],
    )


def _variables(target: Target) -> Mapping[str, str]:
    """Return the environment variables of the delivery function, so that this uses the same tables and queues."""
    client = target.client("lambda")
    try:
        found = client.get_function_configuration(FunctionName=f"paysandbox-{target.environment}-deliver_event")
    except client.exceptions.ResourceNotFoundException:
        raise _too_old(target) from None
    return found.get("Environment", {}).get("Variables", {})


def _too_old(target: Target) -> Failure:
    return Failure(
        f"{target.environment} was deployed from another version, which has no webhook deliveries.",
        target.deploy_advice,
    )


def _print(counts: Counter[Outcome]) -> None:
    from cli.terminal.console import Text, answers
    from cli.terminal.text import counted

    console = answers()
    redriven = counts[Outcome.REDRIVEN]
    deliveries = counted(redriven, "delivery") if redriven == 1 else f"{redriven or 'no'} deliveries"
    console.print(Text(f"{deliveries} queued again.".capitalize(), style="bold green" if redriven else ""))
    for outcome, why in _DROPPED.items():
        if counts[outcome]:
            console.print(f"Dropped {counted(counts[outcome], 'message')}: {why}.")
    for outcome, why in _LEFT.items():
        if counts[outcome]:
            console.print(Text(f"Left {counted(counts[outcome], 'message')}: {why}.", style="bold yellow"))
