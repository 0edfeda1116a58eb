"""The rules for what is shared apart from captures and refunds: fee refunds, transfers and their reversals."""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard
from paysandbox.payments.change import VERSION, Change, unsettled
from paysandbox.payments.connect.fee_refunded import FeeRefunded
from paysandbox.payments.connect.transfer_reversed import TransferReversed
from paysandbox.payments.connect.transferred import Transferred
from paysandbox.payments.payment import Operation, Payment

MAX_FEE_REFUNDS: Final = 20
"""Of one payment, so that all of them fit into its item."""
MAX_TRANSFERS: Final = 100
"""Transfers and reversals of one payment, apart from captures and refunds: as for refunds of fees."""


def refund_fee_of(current: Payment, operation: FeeRefunded) -> Change:
    """Refund a part of a fee, as of the payment that was read. Whoever calls it has checked that it is left.

    Refuses: too_many_changes.
    """
    refunds = sum(isinstance(recorded, FeeRefunded) for recorded in current.operations)
    if refunds >= MAX_FEE_REFUNDS:
        detail = f"The application fee of the payment was refunded {refunds} times."
        raise Refused(Code.TOO_MANY_CHANGES, detail, possible={"limit": MAX_FEE_REFUNDS})
    return _as_read(current, operation)


def transfer_from(current: Payment, operation: Transferred | TransferReversed) -> Change:
    """Transfer a part of a payment, or return it, as of the payment that was read. Whoever calls it has checked that
    it is left.

    Refuses: too_many_changes.
    """
    transfers = sum(isinstance(recorded, (Transferred, TransferReversed)) for recorded in current.operations)
    if transfers >= MAX_TRANSFERS:
        detail = f"The payment has {transfers} transfers and reversals."
        raise Refused(Code.TOO_MANY_CHANGES, detail, possible={"limit": MAX_TRANSFERS})
    return _as_read(current, operation)


def _as_read(current: Payment, operation: Operation) -> Change:
    return Change(
        payment_id=current.id,
        merchant=current.merchant,
        operation=operation,
        guards=(Guard(VERSION, "=", current.version, None),),
        assign=unsettled(operation.at),
    )
