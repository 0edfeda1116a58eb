"""GET /payments: the merchant's payments, newest first."""

from paysandbox.contract.payment_answers import render_page
from paysandbox.contract.payment_requests import ListPayments
from paysandbox.routes.payments import LIST_PAYMENTS
from paysandbox.runtime.effects import ledger
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.request import Call
from paysandbox.table import listing


@endpoint(LIST_PAYMENTS)
def handler(call: Call) -> Answer:
    """One query per shard of the index, then consistent reads: one, or as many as a filter without index may take."""
    query: ListPayments = call.query
    wanted = listing.Filter(
        card_id=query.card_id,
        status=query.status,
        reference=query.reference,
        created_from=query.created_from,
        created_to=query.created_to,
    )
    page, next_cursor = listing.list_payments(ledger(), call.merchant, wanted, limit=query.limit, cursor=query.cursor)
    return Answer(render_page(page, next_cursor), outcome="listed")
