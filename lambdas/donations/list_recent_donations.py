"""GET /donations/recent: list the ten most recent successful donations."""

from paysandbox.core.json_text import json_text
from paysandbox.donations.lists import recent
from paysandbox.donations.routes import LIST_RECENT_DONATIONS
from paysandbox.donations.schemas import MAX_AGE_S, render_recent
from paysandbox.donations.tables import donations
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call


@endpoint(LIST_RECENT_DONATIONS, prepare=donations)
def handler(call: Call[None, None]) -> Page:  # noqa: ARG001 - it is the same for everybody
    """Run one query. The response is a bare array, as the platform's document specifies."""
    text = json_text(render_recent(recent(donations())))
    return Page(text=text, content_type=LIST_RECENT_DONATIONS.media_types[0], max_age_s=MAX_AGE_S, tagged=True)
