"""Worker: plans the deliveries of the events that the topic tells of."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.queue_batch import Answer
from paysandbox.stripe_api.telling import told_as_stripe
from paysandbox.webhooks.planning import plan


def handler(event: Mapping[str, Any], context: Any) -> Answer:  # noqa: ARG001 - Lambda's signature
    """One batch of events. Trouble with reading or queueing is raised, and all of it comes again; it may."""
    return plan(event, as_stripe=told_as_stripe)
