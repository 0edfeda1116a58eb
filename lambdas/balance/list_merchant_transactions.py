"""GET /balance/transactions: list what moved a balance, newest or oldest first."""

from balance.owner import owner_of
from paysandbox.aws.runtime import ledger
from paysandbox.balance import lists
from paysandbox.balance.answers import render_transaction
from paysandbox.balance.requests import ListBalanceTransactions
from paysandbox.balance.routes import LIST_MERCHANT_TRANSACTIONS
from paysandbox.funds.tables import funds
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.page_size import render_page
from paysandbox.http.request import Call


@endpoint(LIST_MERCHANT_TRANSACTIONS)
def handler(call: Call[None, ListBalanceTransactions]) -> Answer:
    """Query every shard of the journal, then read the entries and their payments consistently."""
    query = call.query
    filters = lists.Filter(
        kind=query.type,
        currency=query.currency,
        payment=query.payment_id,
        created_from=query.created_from,
        created_to=query.created_to,
        oldest_first=query.oldest_first,
    )
    owner = owner_of(call.merchant, query.account)
    page = lists.list_transactions(funds(), ledger(), owner, filters, limit=query.limit, cursor=query.cursor)
    return Answer(render_page(page, render_transaction), outcome="listed")
