"""The balance: routes that read its history."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.lists.balance_transactions import list_transactions, show_transaction
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListBalanceTransactions, Retrieve
from paysandbox.stripe_api.routes import GET_BALANCE_HISTORY, LIST_BALANCE_HISTORY


@stripe_endpoint(LIST_BALANCE_HISTORY)
def list_balance_history(call: StripeCall[None, ListBalanceTransactions]) -> StripeAnswer:
    """GET /v1/balance/history: the older path of `list_balance_transactions`, which older clients use.

    Reads as `list_transactions` does.
    """
    return list_transactions(call, "/v1/balance/history")


@stripe_endpoint(GET_BALANCE_HISTORY)
def get_balance_history(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/balance/history/{balance_transaction}: the older path of `get_balance_transaction`.

    As for a balance transaction.
    """
    return show_transaction(call)
