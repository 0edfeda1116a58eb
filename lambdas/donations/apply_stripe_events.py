"""Worker: applies what Stripe tells of payments to the donations that they are of."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.queue_batch import Answer
from paysandbox.donations.event_worker import apply_events


def handler(event: Mapping[str, Any], context: Any) -> Answer:  # noqa: ARG001 - Lambda's signature
    """One batch of Stripe's events. Only what failed for a reason of ours comes again."""
    return apply_events(event)
