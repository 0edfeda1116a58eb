"""Add the payouts of a statement that are kept as funds to the merchant's funds, from which disbursements are paid.

The ID of a funding is derived from the payout's, so that a run that is repeated, or two at once, fund once.
"""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.funds.funding import Funding, FundingSource
from paysandbox.funds.funds_table import add_funding
from paysandbox.funds.tables import funds
from paysandbox.settlement.batch import Statement
from paysandbox.settlement.close import Payout


def keep_payouts(statement: Statement, at: datetime) -> None:
    """Fund the merchant with each payout whose destination is its balance. `at` is the same in each run."""
    for payout in statement.payouts_to_funds:
        add_funding(funds(), funding_of(payout, at))


def funding_of(payout: Payout, at: datetime) -> Funding:
    """Return the funding that a payout becomes."""
    return Funding(
        id=ids.funding_of_payout(payout.id),
        merchant=payout.merchant,
        amount=payout.amount,
        currency=payout.currency,
        at=at,
        source=FundingSource.PAYOUT,
        reference=payout.id,
    )
