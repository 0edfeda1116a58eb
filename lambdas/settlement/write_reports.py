"""Worker: writes the reports of a slice of the merchants."""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.settlement.reports import write_reports

# Of the function's time, what is kept for the merchant under way.
_RESERVE_MS: Final = 150_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """As many merchants as there is time for. `more` means: call again with this answer."""
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
