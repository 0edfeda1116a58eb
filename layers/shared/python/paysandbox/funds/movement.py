"""Movements: what else changes a merchant's funds than fundings and disbursements. Pure.

A transfer takes from the funds of one merchant and adds to those of another, and its reversals move money back. A
payout takes from them, and gives back if it fails or is canceled. Each movement is stored with the balance that it
changes, once.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from paysandbox.core.record import record


class MovementKind(StrEnum):
    """What a movement is of."""

    TRANSFER = "transfer"
    TRANSFER_REVERSAL = "transfer_reversal"
    PAYOUT = "payout"
    PAYOUT_RETURN = "payout_return"
    """A payout that failed."""
    PAYOUT_CANCELED = "payout_canceled"


BETWEEN_MERCHANTS: Final = frozenset({MovementKind.TRANSFER, MovementKind.TRANSFER_REVERSAL})
"""Kinds of which two merchants have one each, with the same ID: one loses what the other gains."""

RETURNS: Final = frozenset({MovementKind.PAYOUT_RETURN, MovementKind.PAYOUT_CANCELED})
"""Kinds that give back what a payout took."""


@record(kw_only=True)
class Movement:
    """What a merchant's funds changed by: `amount` in minor units of `currency`, negative for what was taken.

    `id` is that of what moved it (`tr_…`, `trr_…`, `po_…`). `other` is the other merchant, if it is between two.
    """

    id: str
    kind: MovementKind
    merchant: str
    amount: int
    currency: str
    at: datetime
    other: str | None = None


def between(
    movement_id: str, kind: MovementKind, *, giver: str, taker: str, amount: int, currency: str, at: datetime
) -> tuple[Movement, Movement]:
    """Return both movements of an amount (positive, minor units) from one merchant to another: first the giver's."""
    return (
        Movement(id=movement_id, kind=kind, merchant=giver, amount=-amount, currency=currency, at=at, other=taker),
        Movement(id=movement_id, kind=kind, merchant=taker, amount=amount, currency=currency, at=at, other=giver),
    )
