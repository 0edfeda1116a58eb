"""Worker: enters into the open batch what is due in one shard."""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.settlement.collect_entries import collect_shard

# Of the function's time, what is kept for the page under way.
_RESERVE_MS: Final = 20_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """As many pages as there is time for. `more` means: call again with this answer."""
    found = collect_shard(
        event["batch"],
        event["shard"],
        event.get("next"),
        lambda: context.get_remaining_time_in_millis() > _RESERVE_MS,
    )
    return {
        "status": "more" if found.next_page else "done",
        "batch": event["batch"],
        "shard": event["shard"],
        "next": found.next_page,
    }
