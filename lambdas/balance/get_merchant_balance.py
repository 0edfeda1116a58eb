"""GET /balance: return what is pending and available, by currency."""

from balance.owner import owner_of
from paysandbox.balance.answers import render_balance
from paysandbox.balance.requests import GetMerchantBalance
from paysandbox.balance.routes import GET_MERCHANT_BALANCE
from paysandbox.funds.journal_table import read_sums
from paysandbox.funds.tables import funds
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(GET_MERCHANT_BALANCE)
def handler(call: Call[None, GetMerchantBalance]) -> Answer:
    """Read the sums of the journal: one consistent query, whatever the history."""
    owner = owner_of(call.merchant, call.query.account)
    return Answer(render_balance(read_sums(funds(), owner), call.now), outcome="shown")
