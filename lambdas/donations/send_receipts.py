"""Worker: mails donors their receipts, each once at most."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.queue_batch import Answer
from paysandbox.donations.receipts import send_receipts


def handler(event: Mapping[str, Any], context: Any) -> Answer:  # noqa: ARG001 - Lambda's signature
    """One batch of receipts. Only what was certainly not sent, and may be, comes again."""
    return send_receipts(event)
