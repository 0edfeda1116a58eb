"""GET /v1/api/payment: list the merchant's disbursements, newest or oldest first."""

from paysandbox.disbursements.answers import render_disbursement
from paysandbox.disbursements.requests import ListMerchantDisbursements
from paysandbox.disbursements.routes import LIST_MERCHANT_DISBURSEMENTS
from paysandbox.disbursements.store import lists, tables
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.page_size import render_page
from paysandbox.http.request import Call


@endpoint(LIST_MERCHANT_DISBURSEMENTS)
def handler(call: Call[None, ListMerchantDisbursements]) -> Answer:
    """Query every shard of the index, then read the disbursements consistently. With `payment_id`, read only that."""
    query = call.query
    filters = lists.Filter(
        payment_id=query.payment_id,
        customer_id=query.customer_id,
        status=query.status,
        method=query.payment_method,
        created_from=query.created_from,
        created_to=query.created_to,
        oldest_first=query.oldest_first,
    )
    page = lists.list_of_merchant(
        tables.disbursements(), call.merchant, filters, limit=query.limit, cursor=query.cursor
    )
    return Answer(render_page(page, render_disbursement), outcome="listed")
