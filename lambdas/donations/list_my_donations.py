"""GET /donations/mine: the donor's own donations, newest first."""

from paysandbox.contract.donations import ListMyDonations, render_mine
from paysandbox.domain.donor import Donor
from paysandbox.routes.donations import LIST_MY_DONATIONS
from paysandbox.runtime.donation_tables import donations
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.request import Call
from paysandbox.table.donation_lists import donations_of


@endpoint(LIST_MY_DONATIONS, prepare=donations)
def handler(call: Call) -> Answer:
    """One query, of the items themselves: what was just given is in it."""
    query: ListMyDonations = call.query
    donor: Donor = call.signed_in
    page, next_cursor = donations_of(donations(), donor.email, limit=query.limit, cursor=query.cursor)
    return Answer({"data": [render_mine(donation) for donation in page], "next_cursor": next_cursor}, outcome="listed")
