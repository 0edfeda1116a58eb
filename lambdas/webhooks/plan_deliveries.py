"""Worker: plans the deliveries of the events that the topic tells of."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.queue_batch import Answer
from paysandbox.stripe_api.event_bodies import as_stripe_events
from paysandbox.webhooks.fan_out import fan_out


def handler(event: Mapping[str, Any], context: Any) -> Answer:  # noqa: ARG001 - Lambda's signature
    """One batch of events. Trouble with reading or queueing is raised, and all of it comes again; it may."""
    return fan_out(event, as_stripe=as_stripe_events)
