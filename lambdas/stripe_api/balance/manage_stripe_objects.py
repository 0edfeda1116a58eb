"""The balance: the route that reads it."""

from paysandbox.funds.journal_table import read_sums
from paysandbox.funds.tables import funds
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.balance import balance_body
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_BALANCE


@stripe_endpoint(GET_BALANCE)
def get_balance(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/balance: retrieve the balance of the key's account.

    Read the sums of the merchant's balance: one query, whatever the history.
    """
    sums = read_sums(funds(), call.merchant)
    available = {currency: of.available.amount for currency, of in sums.items()}
    pending = {currency: of.pending for currency, of in sums.items()}
    return StripeAnswer(body=balance_body(available, pending), outcome="shown")
