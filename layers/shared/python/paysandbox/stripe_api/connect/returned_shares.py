# pyright: standard
"""Requests that return a part of a charge's transfer or application fee: an operation on the payment that shares it."""

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.core.stripe_amounts import StripeAmount, to_ledger
from paysandbox.payments.change import Change
from paysandbox.payments.connect.rules import return_share
from paysandbox.payments.connect.share_returned import ShareReturned
from paysandbox.payments.connect.shares import Returned
from paysandbox.payments.idempotency import IdempotentResult, apply_idempotent
from paysandbox.payments.ledger.store import change_payment, get_payment
from paysandbox.payments.limits import metadata_text
from paysandbox.payments.payment import Payment, state_of
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.connect.shared_charges import store_shared
from paysandbox.stripe_api.moved_funds.transfer import CAPTURE
from paysandbox.stripe_api.payment_intents.intents import operation_fields
from paysandbox.stripe_api.resource_kit.stored_object import StoredObject


@record(kw_only=True)
class ToReturn:
    """What a request returns of a stored transfer or fee: an amount (None: all that is left), with its notes.

    `nothing_left` and `too_much` are the words of the refusals; the second has room for what is left.
    """

    returned: Returned
    amount: StripeAmount | None
    metadata: object
    description: str | None = None
    nothing_left: str
    too_much: str


def return_once(call: AnyStripeCall, shared: StoredObject, wanted: ToReturn) -> tuple[IdempotentResult, str]:
    """Return a part of a transfer or fee, once per idempotency key, and store what it is shown as.

    Also returns the operation's ID. Raises Refused: parameter_invalid if less is left, too_many_changes,
    amount_not_whole.
    """
    capture: str = shared.attributes[CAPTURE]
    payment_id = ids.payment_of(capture) or ""
    read = get_payment(ledger(), payment_id)
    if read is None:
        raise AssertionError(f"{shared.id} is of the payment {payment_id}, which does not exist")

    def act(operation_id: str) -> Payment:
        if any(recorded.id == operation_id for recorded in read.operations):
            return read

        def decide(current: Payment | None) -> Change:
            seen = current or read
            return return_share(seen, _operation(call, operation_id, seen, capture, wanted))

        return change_payment(ledger(), decide, current=read)

    result = apply_idempotent(call, ids.SHARE_RETURN, payment_id, act)
    store_shared(result[0].payment)
    return result


def _operation(
    call: AnyStripeCall, operation_id: str, payment: Payment, capture: str, wanted: ToReturn
) -> ShareReturned:
    left = state_of(payment).shares[capture].left(wanted.returned)
    amount = left if wanted.amount is None else to_ledger(wanted.amount, payment.currency)
    if left == 0:
        raise Refused(Code.PARAMETER_INVALID, wanted.nothing_left)
    if amount > left:
        raise Refused(Code.PARAMETER_INVALID, wanted.too_much.format(left), "amount")
    metadata = wanted.metadata
    return ShareReturned(
        **operation_fields(call, operation_id),
        capture_id=capture,
        amount=amount,
        of_fee=wanted.returned == "fee",
        metadata=metadata_text(metadata) if isinstance(metadata, dict) and metadata else None,
        description=wanted.description,
    )
