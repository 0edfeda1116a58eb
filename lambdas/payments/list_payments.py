"""GET /payments: list the merchant's payments, newest or oldest first."""

from functools import partial

from paysandbox.aws.runtime import ledger
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.page_size import render_page
from paysandbox.http.request import Call
from paysandbox.payments.answers import render_payment
from paysandbox.payments.ledger import lists
from paysandbox.payments.requests import ListPayments
from paysandbox.payments.routes import LIST_PAYMENTS
from paysandbox.payments.shown_payment import by_reference_keys
from paysandbox.search_index.tables import reference_keys, search_index


@endpoint(LIST_PAYMENTS)
def handler(call: Call[None, ListPayments]) -> Answer:
    """Query every shard of the index, then read the payments consistently: in one batch, or more for a filter without
    an index."""
    query = call.query
    filters = lists.Filter(
        card_id=query.card_id,
        last4=query.last4,
        customer=query.customer,
        status=query.status,
        reference=query.reference,
        disputed=query.disputed,
        created_from=query.created_from,
        created_to=query.created_to,
        oldest_first=query.oldest_first,
    )
    names = lists.Names(search_index(), reference_keys()) if query.reference is not None else None
    page = lists.list_payments(ledger(), call.merchant, filters, limit=query.limit, cursor=query.cursor, names=names)
    rendered = partial(render_payment, referred=by_reference_keys())
    return Answer(render_page(page, rendered), outcome="listed")
