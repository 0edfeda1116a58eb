"""POST /v1/payment_intents/{intent}/capture: capture all or part of an authorization."""

from functools import partial

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.ledger.store import change_payment_storing_refusals
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.amounts import change_by
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.operation_fields import operation_fields
from paysandbox.stripe_api.payment_intents.intent_rules import capture
from paysandbox.stripe_api.payment_intents.intent_terms import captured_amount, captured_terms, restates
from paysandbox.stripe_api.payment_intents.intents import answered, payment_id_of, store_if_shared, translate_not_found
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CapturePaymentIntent
from paysandbox.stripe_api.routes import CAPTURE_PAYMENT_INTENT
from paysandbox.stripe_api.state_errors import Action, explain, intent_in_refusals


@stripe_endpoint(CAPTURE_PAYMENT_INTENT)
def handler(call: StripeCall[CapturePaymentIntent, None]) -> StripeAnswer:
    """An idempotency record, then one conditional update; a second one if the capture changes the intent's terms."""
    body = call.body
    amount, param = captured_amount(body)
    payment_id = payment_id_of(call)

    def act(operation_id: str) -> Payment:
        operation = Capture(**operation_fields(call, operation_id), final=body.final_capture)

        def decide(current: Payment | None) -> Change:
            rule = partial(
                capture,
                payment_id,
                call.merchant,
                operation,
                restate=partial(captured_terms, body=body, platform=call.platform) if restates(body) else None,
                current=current,
            )
            return change_by(amount, current, lambda units: rule(amount=units), param)

        return change_payment_storing_refusals(ledger(), decide, explain=explain(Action.CAPTURE, param))

    with translate_not_found("payment_intent", call.path["intent"], "intent"), intent_in_refusals(call, payment_id):
        once, capture_id = apply_idempotent(call, ids.CAPTURE, payment_id, act)
    store_if_shared(once.payment)
    return answered(call, once, capture_id, expand=body.expand, outcome="captured")
