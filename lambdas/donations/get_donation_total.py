"""GET /donations/total: what was donated in all, and not given back."""

from paysandbox.contract.donations import MAX_AGE_S, render_total
from paysandbox.routes.donations import GET_DONATION_TOTAL
from paysandbox.runtime.donation_tables import donations
from paysandbox.runtime.http import Page, endpoint
from paysandbox.runtime.request import Call
from paysandbox.table.donation_lists import totals


@endpoint(GET_DONATION_TOTAL, prepare=donations)
def handler(call: Call) -> Page:  # noqa: ARG001 - it is the same for everybody
    """One query of the rows that the total is spread over."""
    return Page(render_total(totals(donations())), GET_DONATION_TOTAL.media_types[0], MAX_AGE_S, tagged=True)
