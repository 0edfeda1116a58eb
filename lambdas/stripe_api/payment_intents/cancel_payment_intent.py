"""POST /v1/payment_intents/{intent}/cancel: cancel an intent, and void its authorization if it has one."""

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.ledger.store import change_payment_storing_refusals
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.operation_fields import operation_fields
from paysandbox.stripe_api.payment_intents.intent_rules import cancel
from paysandbox.stripe_api.payment_intents.intents import answered, payment_id_of, translate_not_found
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CancelPaymentIntent
from paysandbox.stripe_api.routes import CANCEL_PAYMENT_INTENT
from paysandbox.stripe_api.state_errors import Action, explain, intent_in_refusals


@stripe_endpoint(CANCEL_PAYMENT_INTENT)
def handler(call: StripeCall[CancelPaymentIntent, None]) -> StripeAnswer:
    """An idempotency record, then one conditional update; a second update for an intent that is not authorized."""
    body = call.body
    payment_id = payment_id_of(call)

    def act(operation_id: str) -> Payment:
        operation = Void(**operation_fields(call, operation_id), reason=body.cancellation_reason)

        def decide(current: Payment | None) -> Change:
            return cancel(payment_id, call.merchant, operation, current)

        return change_payment_storing_refusals(ledger(), decide, explain=explain(Action.CANCEL))

    with translate_not_found("payment_intent", call.path["intent"], "intent"), intent_in_refusals(call, payment_id):
        once, void_id = apply_idempotent(call, ids.VOID, payment_id, act)
    return answered(call, once, void_id, expand=body.expand, outcome="voided")
