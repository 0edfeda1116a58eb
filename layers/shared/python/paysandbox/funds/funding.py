"""Fundings: what adds money to a merchant's funds. Pure.

A merchant has one account per currency, apart from what settlement pays out. It is fed by fundings, and disbursements
take from it and may give back. Its balance is never negative.
"""

from datetime import datetime
from enum import StrEnum

from paysandbox.core.record import record


class FundingSource(StrEnum):
    """Where a funding comes from."""

    API = "api"
    """`POST /sandbox/fund`."""
    PAYOUT = "payout"
    """The payout of a settlement batch, of a merchant whose payouts are kept as funds."""


@record(kw_only=True)
class Funding:
    """Money that was added to a merchant's funds, once. `amount` is in minor units of `currency`, and positive.

    `reference` is the payout that it is from, if it is one.
    """

    id: str
    merchant: str
    amount: int
    currency: str
    at: datetime
    source: FundingSource
    reference: str | None = None
