"""Putting deliveries into the queues that they wait in, ten at a time."""

import json
from collections.abc import Sequence
from typing import Any, Final

from paysandbox.domain.delivery import Delivery
from paysandbox.errors import Code, Refused
from paysandbox.runtime import effects
from paysandbox.settings import DeliveryQueuesSettings

BATCH: Final = 10
MAX_TRIES: Final = 3


def queue(deliveries: Sequence[Delivery], *, suspect: bool, delay_s: int = 0) -> None:
    """Queue these for their next attempt: those of endpoints in good health, or the others (`suspect`).

    After `delay_s` seconds of wall time, at most 900. A message says how many tries there were when it was queued, so
    that an old one is known by it. Raises Refused(service_unavailable) where SQS does not take all of them; again, all
    of them are to be queued.
    """
    settings = effects.need(DeliveryQueuesSettings)
    url = settings.suspects_queue if suspect else settings.deliveries_queue
    for start in range(0, len(deliveries), BATCH):
        _send(url, [_entry(str(place), one, delay_s) for place, one in enumerate(deliveries[start : start + BATCH])])


def _send(url: str, entries: list[Any]) -> None:
    for _ in range(MAX_TRIES):
        failed = {
            one["Id"] for one in effects.sqs().send_message_batch(QueueUrl=url, Entries=entries).get("Failed", [])
        }
        entries = [entry for entry in entries if entry["Id"] in failed]
        if not entries:
            return
    raise Refused(Code.SERVICE_UNAVAILABLE, "A queue is busy; try again with the same key.")


def _entry(name: str, delivery: Delivery, delay_s: int) -> dict[str, Any]:
    body = {
        "delivery_id": delivery.id,
        "event_id": delivery.event_id,
        "merchant": delivery.merchant,
        "endpoint_id": delivery.endpoint_id,
        "tries": delivery.tries,
    }
    return {
        "Id": name,
        "MessageBody": json.dumps(body, sort_keys=True, separators=(",", ":")),
        "DelaySeconds": delay_s,
    }
