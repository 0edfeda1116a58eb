"""Worker: makes the attempts to deliver that the queues hold, those of suspects and those of all others."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.queue_batch import Answer
from paysandbox.webhooks.deliver_batch import deliver


def handler(event: Mapping[str, Any], context: Any) -> Answer:  # noqa: ARG001 - Lambda's signature
    """One batch of one queue. Only what failed for a reason of ours comes again."""
    return deliver(event)
