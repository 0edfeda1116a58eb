"""GET /sandbox/fund: return the merchant's funds."""

from paysandbox.funds.answers import render_funds
from paysandbox.funds.funds_table import read_balances
from paysandbox.funds.routes import GET_FUNDS
from paysandbox.funds.tables import funds
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(GET_FUNDS)
def handler(call: Call[None, None]) -> Answer:
    """Query the merchant's balances consistently."""
    return Answer(render_funds(read_balances(funds(), call.merchant)), outcome="shown")
