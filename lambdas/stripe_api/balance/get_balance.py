"""GET /v1/balance: retrieve the balance of the key's account."""

from collections import Counter

from paysandbox.funds.funds_table import read_balances
from paysandbox.funds.journal_table import read_sums
from paysandbox.funds.tables import funds
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.balance import balance_body
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_BALANCE


@stripe_endpoint(GET_BALANCE)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """Read the sums of the merchant's journal, and its funds, which are available. Two reads, whatever the history."""
    sums = read_sums(funds(), call.merchant)
    available = Counter({currency: of.available for currency, of in sums.items()})
    available.update(read_balances(funds(), call.merchant))
    pending = {currency: of.pending for currency, of in sums.items()}
    return StripeAnswer(body=balance_body(available, pending), outcome="shown")
