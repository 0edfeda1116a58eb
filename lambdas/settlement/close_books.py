"""Worker: seal the entries of the open batch, and store each merchant's statement if the books balance."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from paysandbox.settlement.bookkeeping import close_books

# Reserved for the merchant in progress: two reads of all of its entries.
_RESERVE_MS: Final = 150_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Process as many merchants as time allows: `done`, `more` or `broken`. `books` is the previous result, if any."""
    after = event.get("books", {}).get("next") or None
    return asdict(close_books(event["batch"], after, lambda: context.get_remaining_time_in_millis() > _RESERVE_MS))
