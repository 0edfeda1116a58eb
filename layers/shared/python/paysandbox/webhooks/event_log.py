"""The log line of a stored event, which the feed is made from."""

from paysandbox.aws import telemetry
from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks.event_facts import event_facts
from paysandbox.webhooks.event_store import StoredEvent


def log_event(event: StoredEvent) -> None:
    """Log an event, if it is listed: one in another API's format represents one that is."""
    if event.listed:
        telemetry.event_stored(
            {
                "event_id": event.id,
                "event_type": event.type,
                "merchant": event.merchant,
                "at": format_timestamp(event.at),
                **event_facts(event.body),
            }
        )
