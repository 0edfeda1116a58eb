"""The log line of a stored event, which the feed is made from."""

from paysandbox.aws import telemetry
from paysandbox.aws.sampling import is_in_sample
from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks.events.event_store import StoredEvent, flow_place_of, sequence_of
from paysandbox.webhooks.events.facts import event_facts


def log_event(event: StoredEvent) -> None:
    """Log an event, if the feed has it: if it is in the sample, and listed.

    One that is in another API's format represents one that is listed.
    """
    if event.listed and is_in_sample(event.id):
        telemetry.event_stored(
            {
                "event_id": event.id,
                "event_type": event.type,
                "merchant": event.merchant,
                "at": format_timestamp(event.at),
                "flow_place": flow_place_of(event),
                "sequence": sequence_of(event),
                **({"place": event.place} if event.place else {}),
                **event_facts(event.body),
            }
        )
