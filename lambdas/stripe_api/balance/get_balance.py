"""GET /v1/balance: retrieve the balance of the key's account."""

from paysandbox.balance.balance_table import balances_of
from paysandbox.funds.tables import funds
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.balance import balance_body
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_BALANCE


@stripe_endpoint(GET_BALANCE)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """Read the sums of the merchant's journal, and its funds, which are available. Two reads, whatever the history."""
    balances = balances_of(funds(), call.merchant)
    available = {currency: of.available for currency, of in balances.items()}
    pending = {currency: of.pending for currency, of in balances.items()}
    return StripeAnswer(body=balance_body(available, pending), outcome="shown")
