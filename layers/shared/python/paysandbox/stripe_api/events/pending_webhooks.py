"""`pending_webhooks` of an event: to how many endpoints it has not been delivered successfully.

Stripe: "Number of webhooks that haven't been successfully delivered (for example, to return a 20x response) to the URLs
you specify" ("The Event object"). The body that is sent has the number of endpoints that it is sent to, and is the same
at each attempt. A body that is read counts the deliveries that have not succeeded: those that wait, those that are
tried again, those that failed for good, and those of an endpoint that was disabled or deleted before one succeeded.
What was sent again to an endpoint that the event was not for is not counted.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from paysandbox.http.answer import Body
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.deliveries import planned_delivery
from paysandbox.webhooks.deliveries.lists import statuses_of
from paysandbox.webhooks.delivery import DeliveryStatus
from paysandbox.webhooks.events.event_store import StoredEvent

PENDING_WEBHOOKS: Final = "pending_webhooks"


def with_pending_webhooks(bodies: Sequence[Body], sent: Mapping[str, StoredEvent]) -> list[Body]:
    """Return the bodies of events with their counts. `sent` are those that are stored because they were sent, by ID.

    One read of 100 deliveries, and none if no event was sent.
    """
    pending = _pending([event for event in sent.values() if event.planned])
    return [body | {PENDING_WEBHOOKS: pending.get(body["id"], 0)} for body in bodies]


def _pending(sent: Collection[StoredEvent]) -> dict[str, int]:
    planned = {
        event.id: [delivery.id for name in event.planned if (delivery := planned_delivery(event, name)) is not None]
        for event in sent
    }
    statuses = statuses_of(
        webhook_tables.deliveries(), [delivery_id for of_event in planned.values() for delivery_id in of_event]
    )
    return {
        event_id: sum(statuses.get(delivery_id) is not DeliveryStatus.DELIVERED for delivery_id in of_event)
        for event_id, of_event in planned.items()
    }
