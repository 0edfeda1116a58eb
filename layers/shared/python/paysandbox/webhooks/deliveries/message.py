# pyright: standard
"""The queue message of a delivery: its IDs, and its number of tries when it was queued."""

import json
from typing import Any, Final

from paysandbox.core.record import record
from paysandbox.webhooks.delivery import Delivery

_MAX_TEXT: Final = 128


@record(kw_only=True)
class DeliveryMessage:
    """A delivery in a queue. A message whose `tries` differ from the delivery's is outdated.

    `trace` is a message attribute, not part of the body.
    """

    delivery_id: str
    event_id: str
    merchant: str
    endpoint_id: str
    tries: int
    trace: str | None = None


def render_delivery_message(delivery: Delivery) -> str:
    """Render a delivery as a queue message."""
    body = {
        "delivery_id": delivery.id,
        "event_id": delivery.event_id,
        "merchant": delivery.merchant,
        "endpoint_id": delivery.endpoint_id,
        "tries": delivery.tries,
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def read_delivery_message(text: str) -> DeliveryMessage:
    """Parse a queue message. Raises ValueError if it is malformed."""
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
    value = body.get(name)
    # DynamoDB rejects a whole batch of reads if one key is empty or too long.
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT:
        raise ValueError(f"no text under {name}")
    return value
