"""GET /balance: return what is pending and available, by currency."""

from paysandbox.balance.answers import render_balance
from paysandbox.balance.balance_table import balances_of
from paysandbox.balance.routes import GET_MERCHANT_BALANCE
from paysandbox.funds.tables import funds
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(GET_MERCHANT_BALANCE)
def handler(call: Call[None, None]) -> Answer:
    """Read the sums of the journal and the funds, consistently."""
    return Answer(render_balance(balances_of(funds(), call.merchant), call.now), outcome="shown")
