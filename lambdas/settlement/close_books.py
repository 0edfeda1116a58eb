"""Worker: fixes the entries of the open batch and keeps what it says of each merchant, if it all adds up."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from paysandbox.settlement.bookkeeping import close_books

# Of the function's time, what is kept for the merchant under way: two reads of all that is theirs.
_RESERVE_MS: Final = 150_000


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """As many merchants as there is time for: `done`, `more` or `broken`. `books` is the answer before, if any."""
    after = event.get("books", {}).get("next") or None
    return asdict(close_books(event["batch"], after, lambda: context.get_remaining_time_in_millis() > _RESERVE_MS))
