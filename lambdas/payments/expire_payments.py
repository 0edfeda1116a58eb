"""Worker: once a minute, gives back what remains of authorizations that nobody captured in time."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from paysandbox.runtime.expiring import expire_due

# Of the function's time, what is kept for the page under way.
_RESERVE_MS: Final = 15_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """One sweep: `expired`, `cleared` (due entries that led to nothing), and whether there may be `more`."""
    return asdict(expire_due(lambda: context.get_remaining_time_in_millis() > _RESERVE_MS))
