"""POST /sandbox/fund: add money to the merchant's funds."""

from datetime import datetime

from paysandbox.aws import runtime
from paysandbox.core import ids
from paysandbox.funds.answers import render_funding
from paysandbox.funds.available_table import read_amounts
from paysandbox.funds.funding import Funding
from paysandbox.funds.funds_table import add_funding
from paysandbox.funds.requests import FundMerchant
from paysandbox.funds.routes import FUND_MERCHANT
from paysandbox.funds.tables import funds
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent


@endpoint(FUND_MERCHANT)
def handler(call: Call[FundMerchant, None]) -> Answer:
    """Bind the idempotency key if there is one, add the funding in one transaction, then read what is available."""

    def fund(funding_id: str, at: datetime) -> Funding:
        funding = Funding(
            id=funding_id,
            merchant=call.merchant,
            amount=call.body.amount,
            currency=call.body.currency,
            at=at,
        )
        return add_funding(funds(), funding)

    if call.key:
        funding, replayed = run_idempotent(call, ids.FUNDING, fund)
    else:
        funding = fund(ids.effect_id(ids.FUNDING, call.request_id, runtime.random_suffix()), call.now)
        replayed = False
    available = read_amounts(funds(), call.merchant)[funding.currency]
    return Answer(render_funding(funding, available), replayed, outcome="funded")
