"""Worker: plans the deliveries of the events that the topic tells of."""

from collections.abc import Mapping
from typing import Any

from paysandbox.runtime.planning import plan
from paysandbox.runtime.queue_batch import Answer
from paysandbox.runtime.stripe_telling import told_as_stripe


def handler(event: Mapping[str, Any], context: Any) -> Answer:  # noqa: ARG001 - Lambda's signature
    """One batch of events. Trouble with reading or queueing is raised, and all of it comes again; it may."""
    return plan(event, as_stripe=told_as_stripe)
