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
    """One query per shard of the index, then one consistent read of the page."""
    query: ListPayments = call.query
    page, next_cursor = listing.list_payments(ledger(), call.merchant, limit=query.limit, cursor=query.cursor)
    return Answer(render_page(page, next_cursor), outcome="listed")
