"""Worker: records on the payments of one shard what the batch has of them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from paysandbox.settlement.mark_settled import Place, mark_payments_settled

# Of the function's time, what is kept for the page under way.
_RESERVE_MS: Final = 20_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """As many pages as there is time for. `more` means: call again with this answer."""
    place = mark_payments_settled(
        event["batch"],
        event["slice"],
        Place(**(event.get("next") or {})),
        lambda: context.get_remaining_time_in_millis() > _RESERVE_MS,
    )
    return {
        "status": "more" if place else "done",
        "batch": event["batch"],
        "slice": event["slice"],
        "next": asdict(place) if place else None,
    }
