# pyright: standard
"""What a queue holds of a delivery: whose and which it is, and how far it was when it was queued."""

import json
from dataclasses import dataclass
from typing import Any, Final

from paysandbox.webhooks.delivery import Delivery

_MAX_TEXT: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryMessage:
    """A delivery in a queue. One whose `tries` are not the delivery's is an old one."""

    delivery_id: str
    event_id: str
    merchant: str
    endpoint_id: str
    tries: int


def render_delivery_message(delivery: Delivery) -> str:
    """A delivery as it is queued."""
    body = {
        "delivery_id": delivery.id,
        "event_id": delivery.event_id,
        "merchant": delivery.merchant,
        "endpoint_id": delivery.endpoint_id,
        "tries": delivery.tries,
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def read_delivery_message(text: str) -> DeliveryMessage:
    """The delivery that a message is about. Raises ValueError for anything else."""
    body: Any = json.loads(text)
    if not isinstance(body, dict):
        raise ValueError("no object")
    texts: list[str] = [_text(body, name) for name in ("delivery_id", "event_id", "merchant", "endpoint_id")]
    tries: object = body.get("tries")
    if not isinstance(tries, int) or isinstance(tries, bool):
        raise ValueError("no number of tries")
    return DeliveryMessage(
        delivery_id=texts[0], event_id=texts[1], merchant=texts[2], endpoint_id=texts[3], tries=tries
    )


def _text(body: dict[str, Any], name: str) -> str:
    found = body.get(name)
    # DynamoDB refuses a whole batch of reads for one key that is empty or too long.
    if not isinstance(found, str) or not 0 < len(found) <= _MAX_TEXT:
        raise ValueError(f"no text under {name}")
    return found
