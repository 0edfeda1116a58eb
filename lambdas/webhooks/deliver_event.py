"""Worker: make the delivery attempts in the queues for healthy and for unhealthy endpoints."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.queue_batch import Answer, apart
from paysandbox.webhooks.deliveries.deliver_batch import deliver


def handler(event: Mapping[str, Any], context: Any) -> Answer:  # noqa: ARG001 - Lambda's signature
    """Process one batch of one queue. Only messages that failed because of an internal error are retried."""
    return apart(event, deliver)
