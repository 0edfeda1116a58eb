# pyright: standard
"""Refunds of application fees by themselves: each is an operation on the payment that is shared."""

from typing import Final

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.stripe_amounts import to_ledger
from paysandbox.payments.change import Change
from paysandbox.payments.connect.fee_refunded import FeeRefunded
from paysandbox.payments.connect.rules import refund_fee_of
from paysandbox.payments.idempotency import IdempotentResult, apply_idempotent
from paysandbox.payments.ledger.store import change_payment, get_payment
from paysandbox.payments.limits import metadata_text
from paysandbox.payments.payment import Payment, state_of
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.operation_fields import operation_fields
from paysandbox.stripe_api.requests import CreateFeeRefund
from paysandbox.stripe_api.resources.transfers.shared_charges import store_shared
from paysandbox.stripe_api.resources.transfers.transfer import SHARED_BY

_NOTHING_LEFT: Final = "The application fee {} is already fully refunded."
_TOO_MUCH: Final = "The amount is greater than what is left to refund of the application fee: {}."


def refund_once(call: StripeCall[CreateFeeRefund, None], fee: StoredObject) -> tuple[IdempotentResult, str]:
    """Refund a part of a fee, once per idempotency key, and store what it is shown as.

    Also returns the operation's ID. Raises Refused: parameter_invalid if less is left, too_many_changes,
    amount_not_whole.
    """
    capture: str = fee.attributes[SHARED_BY]
    payment_id = ids.payment_of(capture) or ""
    read = get_payment(ledger(), payment_id)
    if read is None:
        raise AssertionError(f"{fee.id} is of the payment {payment_id}, which does not exist")

    def act(operation_id: str) -> Payment:
        if any(recorded.id == operation_id for recorded in read.operations):
            return read

        def decide(current: Payment | None) -> Change:
            seen = current or read
            return refund_fee_of(seen, _operation(call, operation_id, seen, fee))

        return change_payment(ledger(), decide, current=read)

    result = apply_idempotent(call, ids.FEE_REFUND, payment_id, act)
    store_shared(result[0].payment)
    return result


def _operation(
    call: StripeCall[CreateFeeRefund, None], operation_id: str, payment: Payment, fee: StoredObject
) -> FeeRefunded:
    body, capture = call.body, fee.attributes[SHARED_BY]
    share = state_of(payment).shares.get(capture)
    left = share.fee_left if share else 0
    if left == 0:
        raise Refused(Code.PARAMETER_INVALID, _NOTHING_LEFT.format(fee.id))
    amount = left if body.amount is None else to_ledger(body.amount, payment.currency)
    if amount > left:
        raise Refused(Code.PARAMETER_INVALID, _TOO_MUCH.format(left), "amount")
    metadata = metadata_text(body.metadata) if body.metadata else None
    return FeeRefunded(**operation_fields(call, operation_id), capture_id=capture, amount=amount, metadata=metadata)
