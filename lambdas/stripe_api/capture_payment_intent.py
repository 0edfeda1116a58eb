"""POST /v1/payment_intents/{intent}/capture: take all or part of what is held."""

from paysandbox.contract.stripe_objects import may_expand
from paysandbox.contract.stripe_requests import CapturePaymentIntent
from paysandbox.domain import decisions, identity
from paysandbox.domain.change import Change
from paysandbox.domain.operation import CONTRACT, Capture
from paysandbox.domain.payment import Payment
from paysandbox.routes.stripe_api import CAPTURE_PAYMENT_INTENT
from paysandbox.runtime.effects import ledger
from paysandbox.runtime.idempotency import operate_once
from paysandbox.runtime.intents import answered, asked_for, named
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint
from paysandbox.table.payments import change_payment_keeping_refusals


@stripe_endpoint(CAPTURE_PAYMENT_INTENT)
def handler(call: Call) -> StripeAnswer:
    """A claim, then one conditional update."""
    body: CapturePaymentIntent = call.body
    may_expand("payment_intent", body.expand)
    payment_id = asked_for(call)

    def act(operation_id: str) -> Payment:
        operation = Capture(
            id=operation_id, request_id=call.request_id, at=call.now, contract=CONTRACT, final=body.final_capture
        )

        def decide(met: Payment | None) -> Change:
            amount = body.amount_to_capture
            return decisions.capture(payment_id, call.merchant, operation, amount=amount, currency=None, met=met)

        return change_payment_keeping_refusals(ledger(), decide)

    with named("payment_intent", call.path["intent"], "intent"):
        once, capture_id = operate_once(call, identity.CAPTURE, payment_id, act)
    return answered(once.payment, capture_id, expand=body.expand, replayed=once.replayed, outcome="captured")
