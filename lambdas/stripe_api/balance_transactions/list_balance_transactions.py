"""GET /v1/balance_transactions: list balance transactions, newest first: all, of one source, or of one payout."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.lists.balance_transactions import list_transactions
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListBalanceTransactions
from paysandbox.stripe_api.routes import LIST_BALANCE_TRANSACTIONS


@stripe_endpoint(LIST_BALANCE_TRANSACTIONS)
def handler(call: StripeCall[None, ListBalanceTransactions]) -> StripeAnswer:
    """Reads as `list_transactions` does."""
    return list_transactions(call, "/v1/balance_transactions")
