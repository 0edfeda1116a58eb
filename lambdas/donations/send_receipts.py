"""Worker: e-mail donors their receipts, each at most once."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.queue_batch import Answer
from paysandbox.donations.receipts import send_receipts


def handler(event: Mapping[str, Any], context: Any) -> Answer:  # noqa: ARG001 - Lambda's signature
    """Process a batch of receipts. Only receipts that were certainly not sent, and can be sent later, are retried."""
    return send_receipts(event)
