"""GET /payments: the merchant's payments, newest first."""

from paysandbox.aws.runtime import ledger
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments import lists
from paysandbox.payments.answers import render_page
from paysandbox.payments.requests import ListPayments
from paysandbox.payments.routes import LIST_PAYMENTS


@endpoint(LIST_PAYMENTS)
def handler(call: Call[None, ListPayments]) -> Answer:
    """One query per shard of the index, then consistent reads: one, or as many as a filter without index may take."""
    query = call.query
    wanted = lists.Filter(
        card_id=query.card_id,
        status=query.status,
        reference=query.reference,
        created_from=query.created_from,
        created_to=query.created_to,
    )
    page, next_cursor = lists.list_payments(ledger(), call.merchant, wanted, limit=query.limit, cursor=query.cursor)
    return Answer(render_page(page, next_cursor), outcome="listed")
