"""Worker: seal the entries of the open batch, and store each merchant's statement if the books balance."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from paysandbox.settlement.bookkeeping import close_books
from paysandbox.stripe_api.connect.payout_schedules import schedule_of

# Reserved for the merchant in progress: two reads of all of its entries.
_RESERVE_MS: Final = 150_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Process as many merchants as time allows: `done`, `more` or `broken`. `books` is the previous result, if any."""
    after = event.get("books", {}).get("next") or None

    def time_left() -> bool:
        return context.get_remaining_time_in_millis() > _RESERVE_MS

    return asdict(close_books(event["batch"], after, time_left, schedule_of))
