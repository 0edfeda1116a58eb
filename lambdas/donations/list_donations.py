"""GET /donations: list donations with a status, newest or oldest first."""

from paysandbox.donations import lists
from paysandbox.donations.donation import DonationStatus
from paysandbox.donations.routes import LIST_DONATIONS
from paysandbox.donations.schemas import ListDonations, render_listed
from paysandbox.donations.tables import donations
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.page_size import render_page
from paysandbox.http.request import Call


@endpoint(LIST_DONATIONS, prepare=donations)
def handler(call: Call[None, ListDonations]) -> Answer:
    """Run one query of the index, which has whole donations."""
    query = call.query
    filters = lists.Filter(
        status=DonationStatus(query.status),
        created_from=query.created_from,
        created_to=query.created_to,
        oldest_first=query.oldest_first,
    )
    page = lists.list_donations(donations(), call.merchant, filters, limit=query.limit, cursor=query.cursor)
    return Answer(render_page(page, render_listed), outcome="listed")
