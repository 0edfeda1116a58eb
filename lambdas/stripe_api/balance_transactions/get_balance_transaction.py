"""GET /v1/balance_transactions/{balance_transaction}: retrieve a balance transaction."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.lists.balance_transactions import show_transaction
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_BALANCE_TRANSACTION


@stripe_endpoint(GET_BALANCE_TRANSACTION)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """One consistent read of its payment, or of the settlement batch of its payout and the merchant's part in it."""
    return show_transaction(call)
