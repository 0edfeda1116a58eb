"""Worker: mark the payments of one shard settled."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from paysandbox.settlement.mark_settled import Place, mark_payments_settled

# Reserved for the page in progress.
_RESERVE_MS: Final = 20_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Process as many pages as time allows. `more` means: call again with this result."""
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
