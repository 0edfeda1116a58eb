"""Worker: every night, ends what nobody will end, and asks again for receipts that were not sent."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from paysandbox.donations.sweep import sweep

# Of the function's time, what is kept for the donations under way.
_RESERVE_MS: Final = 30_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """One sweep, as far as its time goes; the next night goes on."""
    return asdict(sweep(lambda: context.get_remaining_time_in_millis() > _RESERVE_MS))
