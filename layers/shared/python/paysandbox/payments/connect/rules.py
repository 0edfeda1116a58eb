"""The rule for refunding a part of a capture's application fee."""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard
from paysandbox.payments.change import VERSION, Change, unsettled
from paysandbox.payments.connect.fee_refunded import FeeRefunded
from paysandbox.payments.payment import Payment

MAX_FEE_REFUNDS: Final = 20
"""Of one payment, so that all of them fit into its item."""


def refund_fee_of(current: Payment, operation: FeeRefunded) -> Change:
    """Refund a part of a fee, as of the payment that was read. Whoever calls it has checked that it is left.

    Refuses: too_many_changes.
    """
    refunds = sum(isinstance(recorded, FeeRefunded) for recorded in current.operations)
    if refunds >= MAX_FEE_REFUNDS:
        detail = f"The application fee of the payment was refunded {refunds} times."
        raise Refused(Code.TOO_MANY_CHANGES, detail, possible={"limit": MAX_FEE_REFUNDS})
    return Change(
        payment_id=current.id,
        merchant=current.merchant,
        operation=operation,
        guards=(Guard(VERSION, "=", current.version, None),),
        assign=unsettled(operation.at),
    )
