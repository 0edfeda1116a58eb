"""Worker: each night, resolve abandoned donations, and queue receipts again that were not sent."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from paysandbox.donations.sweep import sweep

# Reserved for the donations in progress.
_RESERVE_MS: Final = 30_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Sweep while there is time. The next night continues."""
    return asdict(sweep(lambda: context.get_remaining_time_in_millis() > _RESERVE_MS))
