"""Worker: write the reports of a slice of the merchants."""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.settlement.reports.write import write_reports

# Reserved for the merchant in progress.
_RESERVE_MS: Final = 150_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Process as many merchants as time allows. `more` means: call again with this result."""
    after = write_reports(
        event["batch"],
        event["slice"],
        event.get("next"),
        lambda: context.get_remaining_time_in_millis() > _RESERVE_MS,
    )
    return {
        "status": "more" if after else "done",
        "batch": event["batch"],
        "slice": event["slice"],
        "next": after,
    }
