"""Balance transactions: routes that read them."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.lists.balance_transactions import list_transactions, show_transaction
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListBalanceTransactions, Retrieve
from paysandbox.stripe_api.routes import GET_BALANCE_TRANSACTION, LIST_BALANCE_TRANSACTIONS


@stripe_endpoint(LIST_BALANCE_TRANSACTIONS)
def list_balance_transactions(call: StripeCall[None, ListBalanceTransactions]) -> StripeAnswer:
    """GET /v1/balance_transactions: list balance transactions, newest first: all, of one source, or of one payout.

    Reads as `list_transactions` does.
    """
    return list_transactions(call, "/v1/balance_transactions")


@stripe_endpoint(GET_BALANCE_TRANSACTION)
def get_balance_transaction(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/balance_transactions/{balance_transaction}: retrieve a balance transaction.

    One consistent read of its payment, or of the settlement batch of its payout and the merchant's part in it.
    """
    return show_transaction(call)
