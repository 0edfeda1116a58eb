"""Worker: once a minute, queues the deliveries whose next attempt is due."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from paysandbox.runtime.sweeping import sweep

# Of the function's time, what is kept for the page under way.
_RESERVE_MS: Final = 15_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """One sweep: `queued`, and whether there may be `more`."""
    return asdict(sweep(lambda: context.get_remaining_time_in_millis() > _RESERVE_MS))
