# pyright: standard
"""Update the notes on a charge or refund: an operation on its payment, conditional on the payment as it was read."""

from collections.abc import Callable

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import IdempotentResult, apply_idempotent
from paysandbox.payments.ledger.refusals import RequestedOperation
from paysandbox.payments.ledger.store import ReadPayment, change_payment_storing_refusals
from paysandbox.payments.operations.notes_updated import Notes, NotesUpdated
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot, snapshot_of
from paysandbox.stripe_api.operation_fields import operation_fields
from paysandbox.stripe_api.payment_intents.intent_rules import update_notes


def apply_notes(
    call: AnyStripeCall, read: Payment, of: str, changed_notes: Callable[[PaymentSnapshot], Notes]
) -> tuple[IdempotentResult, str]:
    """Update the notes on the charge or refund of the operation `of`, once per key. Also returns the update's ID.

    `changed_notes` gets the payment as of now: another update may come first, and it then runs again.
    """

    def act(operation_id: str) -> Payment:
        def decide(current: Payment | None) -> Change:
            seen = current or read
            notes = changed_notes(snapshot_of(seen))
            return update_notes(seen, NotesUpdated(**operation_fields(call, operation_id), of=of, notes=notes))

        requested = RequestedOperation(operation_id=operation_id, request_id=call.request_id)
        return change_payment_storing_refusals(ledger(), decide, known=ReadPayment(read, requested))

    return apply_idempotent(call, ids.REVISION, read.id, act)
