"""GET /requests: the merchant's requests of the last seven days, newest or oldest first."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.page_size import render_page
from paysandbox.http.request import Call
from paysandbox.request_log.routes import LIST_REQUESTS
from paysandbox.request_log.schemas import ListRequests, render_request
from paysandbox.request_log.table import RequestFilter, list_records
from paysandbox.request_log.tables import request_log


@endpoint(LIST_REQUESTS, prepare=request_log)
def handler(call: Call[None, ListRequests]) -> Answer:
    """One query per shard of the index, then consistent reads: one, or up to the limit of a filtered page."""
    query = call.query
    wanted = RequestFilter(
        status_class=int(query.status[0]) if query.status else None,
        failed=query.failed,
        route=query.route,
        payment_id=query.payment_id,
        reference=query.reference,
        since=query.since,
        until=query.until,
        oldest_first=query.oldest_first,
    )
    page = list_records(request_log(), call.merchant, wanted, limit=query.limit, cursor=query.cursor)
    return Answer(render_page(page, render_request), outcome="listed")
