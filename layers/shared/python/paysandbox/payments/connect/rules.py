"""The rule for returning a part of what a capture shares: of its transfer, or of its application fee."""

from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard
from paysandbox.payments.change import VERSION, Change, unsettled
from paysandbox.payments.connect.share_returned import ShareReturned
from paysandbox.payments.payment import Payment, state_of

MAX_SHARE_RETURNS = 20
"""Of one payment, so that all of them fit into its item."""


def return_share(current: Payment, operation: ShareReturned) -> Change:
    """Return a part of a share, as of the payment that was read. Whoever calls it has checked that it is left.

    Refuses: resource_not_found if the capture has no share, too_many_changes, refund_exceeds_captured if less is left.
    """
    share = state_of(current).shares.get(operation.capture_id)
    if share is None:
        raise Refused(Code.RESOURCE_NOT_FOUND, f"The capture {operation.capture_id} shares nothing.")
    if operation.amount > share.left(operation.returned):
        detail = f"{share.left(operation.returned)} of the {operation.returned} can still be returned."
        raise Refused(Code.REFUND_EXCEEDS_CAPTURED, detail, "amount")
    returns = sum(isinstance(recorded, ShareReturned) for recorded in current.operations)
    if returns >= MAX_SHARE_RETURNS:
        detail = f"Parts of what the payment shares were returned {returns} times."
        raise Refused(Code.TOO_MANY_CHANGES, detail, possible={"limit": MAX_SHARE_RETURNS})
    return Change(
        payment_id=current.id,
        merchant=current.merchant,
        operation=operation,
        guards=(Guard(VERSION, "=", current.version, None),),
        assign=unsettled(operation.at),
    )
