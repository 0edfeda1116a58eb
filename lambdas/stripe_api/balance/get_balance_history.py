"""GET /v1/balance/history/{balance_transaction}: the older path of `get_balance_transaction`."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.lists.balance_transactions import show_transaction
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_BALANCE_HISTORY


@stripe_endpoint(GET_BALANCE_HISTORY)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """As for a balance transaction."""
    return show_transaction(call)
