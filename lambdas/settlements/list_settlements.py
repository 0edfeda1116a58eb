"""GET /settlements: the batches that settled something of the merchant, newest first."""

from paysandbox.contract.settlements import ListSettlements, render_settlement_listed
from paysandbox.routes.settlements import LIST_SETTLEMENTS
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.request import Call
from paysandbox.runtime.settlement_tables import batches
from paysandbox.table.settlement_list import list_settled


@endpoint(LIST_SETTLEMENTS)
def handler(call: Call) -> Answer:
    """One query of the index, then consistent reads, a hundred at a time."""
    query: ListSettlements = call.query
    page, next_cursor = list_settled(
        batches(), call.merchant, since=query.since, until=query.until, limit=query.limit, cursor=query.cursor
    )
    data = [render_settlement_listed(one.kept, one.statement) for one in page]
    return Answer({"data": data, "next_cursor": next_cursor}, outcome="listed")
