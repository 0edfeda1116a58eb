"""Putting deliveries into the queues that they wait in, ten at a time, and those that were given up into theirs."""

from collections.abc import Sequence
from typing import Any, Final

from paysandbox.aws import runtime
from paysandbox.aws.settings import DeliveryQueuesSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.webhooks.delivery import Delivery
from paysandbox.webhooks.delivery_message import render_delivery_message

BATCH: Final = 10
MAX_TRIES: Final = 3


def queue(deliveries: Sequence[Delivery], *, unhealthy: bool, delay_s: int = 0) -> None:
    """Queue these for their next attempt: those of endpoints in good health, or the others (`suspect`).

    After `delay_s` seconds of wall time, at most 900. Raises Refused(service_unavailable) where SQS does not take all
    of them; again, all of them are to be queued.
    """
    settings = runtime.settings_of(DeliveryQueuesSettings)
    url = settings.unhealthy_queue if unhealthy else settings.deliveries_queue
    for start in range(0, len(deliveries), BATCH):
        _send(url, [_entry(str(place), one, delay_s) for place, one in enumerate(deliveries[start : start + BATCH])])


def send_to_dead_letter(delivery: Delivery) -> None:
    """Put one that was given up where a person looks."""
    url = runtime.settings_of(DeliveryQueuesSettings).dead_deliveries_queue
    runtime.sqs().send_message(QueueUrl=url, MessageBody=render_delivery_message(delivery))


def _send(url: str, entries: list[Any]) -> None:
    for _ in range(MAX_TRIES):
        answer = runtime.sqs().send_message_batch(QueueUrl=url, Entries=entries)
        failed = {one["Id"] for one in answer.get("Failed", [])}
        entries = [entry for entry in entries if entry["Id"] in failed]
        if not entries:
            return
    raise Refused(Code.SERVICE_UNAVAILABLE, "A queue is busy; try again with the same key.")


def _entry(name: str, delivery: Delivery, delay_s: int) -> dict[str, Any]:
    return {"Id": name, "MessageBody": render_delivery_message(delivery), "DelaySeconds": delay_s}
