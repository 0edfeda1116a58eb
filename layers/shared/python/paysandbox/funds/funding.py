"""Fundings: what adds money to a merchant's funds. Pure.

A funding is available at once, and no batch pays it out.
"""

from datetime import datetime

from paysandbox.core.record import record


@record(kw_only=True)
class Funding:
    """Money that was added to a merchant's funds, once. `amount` is in minor units of `currency`, and positive."""

    id: str
    merchant: str
    amount: int
    currency: str
    at: datetime
