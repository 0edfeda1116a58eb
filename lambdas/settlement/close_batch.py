"""Worker: notify the merchants that their batch is settled, and close it with its control totals."""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.settlement.batch_run import finish
from paysandbox.settlement.notify_merchants import notify_merchants

# Reserved for the ten notifications in progress and for the control totals.
_RESERVE_MS: Final = 60_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Run this after all payments are marked settled. `more` means: call again. A closed batch stays unchanged."""
    batch = event["batch"]
    after = notify_merchants(
        batch, event.get("closed", {}).get("next"), lambda: context.get_remaining_time_in_millis() > _RESERVE_MS
    )
    if after is not None:
        return {"status": "more", "next": after}
    finish(batch)
    return {"status": "closed", "next": None}
