"""Worker: apply Stripe's payment events to donations."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.queue_batch import Answer
from paysandbox.donations.event_worker import apply_events


def handler(event: Mapping[str, Any], context: Any) -> Answer:  # noqa: ARG001 - Lambda's signature
    """Process a batch of Stripe events. Only events that failed because of an internal error are retried."""
    return apply_events(event)
