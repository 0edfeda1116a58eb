"""GET /v1/balance/history: the older path of `list_balance_transactions`, which older clients use."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.lists.balance_transactions import list_transactions
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListBalanceTransactions
from paysandbox.stripe_api.routes import LIST_BALANCE_HISTORY


@stripe_endpoint(LIST_BALANCE_HISTORY)
def handler(call: StripeCall[None, ListBalanceTransactions]) -> StripeAnswer:
    """Reads as `list_transactions` does."""
    return list_transactions(call, "/v1/balance/history")
