"""GET /donations/total: get the total donated, net of refunds."""

from paysandbox.donations.lists import totals
from paysandbox.donations.routes import GET_DONATION_TOTAL
from paysandbox.donations.schemas import MAX_AGE_S, render_total
from paysandbox.donations.tables import donations
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call


@endpoint(GET_DONATION_TOTAL, prepare=donations)
def handler(call: Call[None, None]) -> Page:  # noqa: ARG001 - it is the same for everybody
    """Query the rows over which the total is sharded."""
    return Page(
        text=render_total(totals(donations())),
        content_type=GET_DONATION_TOTAL.media_types[0],
        max_age_s=MAX_AGE_S,
        tagged=True,
    )
