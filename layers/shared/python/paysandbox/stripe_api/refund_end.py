# pyright: standard
"""End a refund that requires an action: its merchant cancels it, or a test lets its time be over."""

from paysandbox.aws.runtime import ledger, settings_of
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.ledger.refusals import RequestedOperation
from paysandbox.payments.ledger.store import ReadPayment, change_payment_storing_refusals
from paysandbox.payments.payment import CONTRACT, Payment, state_of
from paysandbox.payments.refund_status import RefundStatus
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation.refund_steps import cancel
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.lookups import find_refund
from paysandbox.stripe_api.objects.render import render_refund
from paysandbox.stripe_api.protocol import StripeAnswer


def end_refund(call: AnyStripeCall, word: str) -> StripeAnswer:
    """End the refund in the path, once per key, and return it. `word` says what only such a refund can be.

    Raises Refused: resource_not_found, and request_invalid for a refund of another status.
    """
    read, refund_id = find_refund(call, call.path.get("refund", ""), "id")

    def act(operation_id: str) -> Payment:
        stamp = Stamp(
            key=operation_id,
            request_id=call.request_id,
            at=call.now,
            contract=CONTRACT,
            validity_s=settings_of(AcceptanceSettings).authorization_validity_s,
        )

        def decide(current: Payment | None) -> Change:
            seen = current or read
            check_waits(seen, refund_id, word)
            change = cancel(seen, refund_id, stamp)
            ended = replace(change.operation, id=operation_id, idempotency_key=call.caller_key)
            return replace(change, operation=ended)

        requested = RequestedOperation(operation_id=operation_id, request_id=call.request_id)
        return change_payment_storing_refusals(ledger(), decide, known=ReadPayment(read, requested))

    once, update_id = apply_idempotent(call, ids.REFUND_UPDATE, read.id, act)
    shown = render_refund(
        once.payment,
        refund_id,
        private=secrets_of(read.id),
        until=update_id,
        expand=call.body.expand,
        version=call.stripe_version,
    )
    return StripeAnswer(
        body=shown,
        replayed=once.replayed,
        first_request=once.first_request,
        transaction_id=refund_id,
        outcome="updated",
    )


def check_waits(payment: Payment, refund_id: str, word: str) -> None:
    """Refuse (request_invalid) a refund that does not require an action. What a hold released has succeeded."""
    refund = state_of(payment).refunds.get(refund_id)
    status = refund.status if refund else RefundStatus.SUCCEEDED
    if status is not RefundStatus.REQUIRES_ACTION:
        raise Refused(
            Code.REQUEST_INVALID,
            f"This refund has a status of {status}. Only a refund with a status of requires_action can be {word}.",
        )
