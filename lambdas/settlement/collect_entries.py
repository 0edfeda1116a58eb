"""Worker: collect the entries of one shard's due payments into the open batch."""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.settlement.collect_entries import collect_shard

# Reserved for the page in progress.
_RESERVE_MS: Final = 20_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Process as many pages as time allows. `more` means: call again with this result."""
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
