"""Routes of the balance of a merchant, or of one of its connected accounts."""

from typing import Final

from paysandbox.aws.resources import BALANCE_JOURNAL, LEDGER, MERCHANT_FUNDS, PLATFORMS, Grant
from paysandbox.balance import requests, schemas
from paysandbox.core.errors import Code
from paysandbox.http.route import Access, Route

# One function serves both routes, since they need similar permissions.
READ_BALANCE: Final = "read_balance"
_FIND_PLATFORM: Final = Grant(PLATFORMS, ("GetItem",))

GET_MERCHANT_BALANCE: Final = Route(
    name="get_merchant_balance",
    group="balance",
    function=READ_BALANCE,
    method="GET",
    path="/balance",
    summary="Get the balance of the merchant, or of a connected account",
    access=Access.API_KEY,
    query=requests.GetMerchantBalance,
    answer=schemas.MerchantBalanceBody,
    grants=(Grant(MERCHANT_FUNDS, ("Query",)), _FIND_PLATFORM),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

LIST_MERCHANT_TRANSACTIONS: Final = Route(
    name="list_merchant_transactions",
    group="balance",
    function=READ_BALANCE,
    method="GET",
    path="/balance/transactions",
    summary="List what moved the balance of the merchant, or of a connected account",
    access=Access.API_KEY,
    query=requests.ListBalanceTransactions,
    answer=schemas.BalanceTransactionList,
    grants=(
        Grant(BALANCE_JOURNAL, ("BatchGetItem", "Query")),
        Grant(LEDGER, ("BatchGetItem", "GetItem")),
        _FIND_PLATFORM,
    ),
    refusals=(Code.CURRENCY_UNSUPPORTED, Code.CURSOR_INVALID, Code.RESOURCE_NOT_FOUND),
)

ROUTES: Final = (GET_MERCHANT_BALANCE, LIST_MERCHANT_TRANSACTIONS)
