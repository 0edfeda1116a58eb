"""Routes of the merchant's balance."""

from typing import Final

from paysandbox.aws.resources import BALANCE_JOURNAL, LEDGER, MERCHANT_FUNDS, Grant
from paysandbox.balance import requests, schemas
from paysandbox.core.errors import Code
from paysandbox.http.route import Access, Route

# One function serves both routes, since they need similar permissions.
READ_BALANCE: Final = "read_balance"

GET_MERCHANT_BALANCE: Final = Route(
    name="get_merchant_balance",
    group="balance",
    function=READ_BALANCE,
    method="GET",
    path="/balance",
    summary="Get the merchant's balance",
    access=Access.API_KEY,
    answer=schemas.MerchantBalanceBody,
    grants=(Grant(MERCHANT_FUNDS, ("Query",)),),
)

LIST_MERCHANT_TRANSACTIONS: Final = Route(
    name="list_merchant_transactions",
    group="balance",
    function=READ_BALANCE,
    method="GET",
    path="/balance/transactions",
    summary="List what moved the merchant's balance",
    access=Access.API_KEY,
    query=requests.ListBalanceTransactions,
    answer=schemas.BalanceTransactionList,
    grants=(
        Grant(BALANCE_JOURNAL, ("BatchGetItem", "Query")),
        Grant(LEDGER, ("BatchGetItem", "GetItem")),
    ),
    refusals=(Code.CURSOR_INVALID,),
)

ROUTES: Final = (GET_MERCHANT_BALANCE, LIST_MERCHANT_TRANSACTIONS)
