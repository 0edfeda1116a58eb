"""Send deliveries to their queues, ten at a time, and failed ones to the dead-letter queue."""

from collections.abc import Sequence
from typing import Any, Final

from paysandbox.aws import backoff, runtime
from paysandbox.aws.events.topic import trace_attribute
from paysandbox.aws.settings import DeliveryQueuesSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.webhooks.deliveries.message import render_delivery_message
from paysandbox.webhooks.delivery import Delivery

BATCH: Final = 10
MAX_TRIES: Final = 3


def queue(deliveries: Sequence[Delivery], *, unhealthy: bool, delay_s: int = 0) -> None:
    """Queue deliveries for their next attempt, in the queue for healthy or for unhealthy endpoints.

    `delay_s` is in seconds of wall time, at most 900. Raises Refused(service_unavailable) if SQS does not accept all of
    them; a retry must queue all of them again.
    """
    settings = runtime.settings_of(DeliveryQueuesSettings)
    url = settings.unhealthy_queue if unhealthy else settings.deliveries_queue
    for start in range(0, len(deliveries), BATCH):
        _send(
            url,
            [_entry(str(place), delivery, delay_s) for place, delivery in enumerate(deliveries[start : start + BATCH])],
        )


def send_to_dead_letter(delivery: Delivery) -> None:
    """Send a failed delivery to the dead-letter queue."""
    url = runtime.settings_of(DeliveryQueuesSettings).dead_deliveries_queue
    runtime.sqs().send_message(QueueUrl=url, MessageBody=render_delivery_message(delivery))


def _send(url: str, entries: list[Any]) -> None:
    for failed in range(MAX_TRIES):
        if failed:
            backoff.wait(failed)
        response = runtime.sqs().send_message_batch(QueueUrl=url, Entries=entries)
        left = {failure["Id"] for failure in response.get("Failed", [])}
        entries = [entry for entry in entries if entry["Id"] in left]
        if not entries:
            return
    raise Refused(Code.SERVICE_UNAVAILABLE, "A queue is busy. Retry with the same key.")


def _entry(name: str, delivery: Delivery, delay_s: int) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "Id": name,
        "MessageBody": render_delivery_message(delivery),
        # On a standard queue: SQS delivers the messages of quiet groups before those of a group that occupies workers.
        "MessageGroupId": delivery.merchant,
        "DelaySeconds": delay_s,
    }
    return entry | ({"MessageAttributes": trace_attribute(delivery.trace)} if delivery.trace else {})
