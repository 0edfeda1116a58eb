"""The donation resources of an environment: the table, the queues, and the functions' clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cli.connection.target import Target
    from paysandbox.donations.table import Donations


@dataclass(frozen=True)
class Queue:
    """A queue and its dead-letter queue, as URLs; `name` is its name on the command line."""

    name: str
    url: str
    dead: str


def donations_table(target: Target) -> Donations:
    """The table. Raises Failure when the donors stack is not deployed."""
    from paysandbox.donations.table import Donations

    return Donations(target.client("dynamodb"), target.outputs("donors")["DonationsTable"])


def queues(target: Target) -> tuple[Queue, Queue]:
    """The queues of Stripe's events and of receipts. Raises Failure when the donations stack is not deployed."""
    outputs = target.outputs("donations")
    return (
        Queue("payments", outputs["PaymentQueueUrl"], outputs["PaymentDeadQueueUrl"]),
        Queue("receipts", outputs["NotificationQueueUrl"], outputs["NotificationDeadQueueUrl"]),
    )


def functions_now(target: Target) -> datetime:
    """The functions' time, which `paysandbox clock` may have moved."""
    from cli.connection.clock_offset import stored_offset_s

    return datetime.now(UTC) + timedelta(seconds=stored_offset_s(target))


def notify(sqs: Any, queue_url: str, donation_id: str) -> None:
    """Queue a receipt. Queuing it twice is harmless: the first worker claims it."""
    import json

    sqs.send_message(QueueUrl=queue_url, MessageBody=json.dumps({"donation_id": donation_id}))
