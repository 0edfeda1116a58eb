"""GET /disputes: list the merchant's disputes, newest or oldest first."""

from paysandbox.aws.runtime import ledger
from paysandbox.disputes import lists, tables
from paysandbox.disputes.answers import render_dispute
from paysandbox.disputes.requests import ListDisputes
from paysandbox.disputes.routes import LIST_DISPUTES
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.page_size import render_page
from paysandbox.http.request import Call


@endpoint(LIST_DISPUTES)
def handler(call: Call[None, ListDisputes]) -> Answer:
    """Query every shard of the index, then read the payments consistently. With `auth_id`, read only that payment."""
    query = call.query
    filters = lists.Filter(
        auth_id=query.auth_id,
        status=query.status,
        reason=query.reason,
        created_from=query.created_from,
        created_to=query.created_to,
        oldest_first=query.oldest_first,
    )
    page = lists.list_disputes(
        ledger(), tables.disputes(), call.merchant, filters, limit=query.limit, cursor=query.cursor
    )
    return Answer(render_page(page, lambda listed: render_dispute(listed.payment, listed.dispute)), outcome="listed")
