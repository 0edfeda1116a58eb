"""GET /sandbox/fund: return the merchant's funds."""

from paysandbox.funds.answers import render_funds
from paysandbox.funds.available_table import read_amounts
from paysandbox.funds.routes import GET_FUNDS
from paysandbox.funds.tables import funds
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(GET_FUNDS)
def handler(call: Call[None, None]) -> Answer:
    """Read what the merchant has available consistently."""
    return Answer(render_funds(read_amounts(funds(), call.merchant)), outcome="shown")
