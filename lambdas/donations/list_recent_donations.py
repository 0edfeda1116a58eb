"""GET /donations/recent: the ten latest donations that succeeded."""

from paysandbox.contract.donations import MAX_AGE_S, render_recent
from paysandbox.routes.donations import LIST_RECENT_DONATIONS
from paysandbox.runtime.donation_tables import donations
from paysandbox.runtime.handling import to_json
from paysandbox.runtime.http import Page, endpoint
from paysandbox.runtime.request import Call
from paysandbox.table.donation_lists import recent


@endpoint(LIST_RECENT_DONATIONS, prepare=donations)
def handler(call: Call) -> Page:  # noqa: ARG001 - it is the same for everybody
    """One query. A bare array, as the platform's document has it."""
    text = to_json(render_recent(recent(donations())))
    return Page(text, LIST_RECENT_DONATIONS.media_types[0], MAX_AGE_S, tagged=True)
