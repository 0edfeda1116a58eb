"""GET /settlements: list the merchant's settlements, newest or oldest first."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.settlement.lists import list_settled
from paysandbox.settlement.routes import LIST_SETTLEMENTS
from paysandbox.settlement.schemas import ListSettlements, render_settlement_listed
from paysandbox.settlement.tables import batches


@endpoint(LIST_SETTLEMENTS)
def handler(call: Call[None, ListSettlements]) -> Answer:
    """Query the index once, then read the items consistently, up to 100 per call."""
    query = call.query
    page, next_cursor = list_settled(
        batches(),
        call.merchant,
        since=query.since,
        until=query.until,
        limit=query.limit,
        cursor=query.cursor,
        oldest_first=query.oldest_first,
    )
    data = [render_settlement_listed(settled.stored, settled.statement) for settled in page]
    return Answer({"data": data, "next_cursor": next_cursor}, outcome="listed")
