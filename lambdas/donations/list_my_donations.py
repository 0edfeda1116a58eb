"""GET /donations/mine: list the donor's own donations, newest first."""

from paysandbox.core.donor import Donor
from paysandbox.donations.lists import donations_of
from paysandbox.donations.routes import LIST_MY_DONATIONS
from paysandbox.donations.schemas import ListMyDonations, render_mine
from paysandbox.donations.tables import donations
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(LIST_MY_DONATIONS, prepare=donations)
def handler(call: Call[None, ListMyDonations]) -> Answer:
    """Query the table consistently, so that a donation just created is included."""
    query = call.query
    donor: Donor = call.signed_in
    page, next_cursor = donations_of(donations(), donor.email, limit=query.limit, cursor=query.cursor)
    return Answer({"data": [render_mine(donation) for donation in page], "next_cursor": next_cursor}, outcome="listed")
