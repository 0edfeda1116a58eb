"""POST /v1/payment_intents/{intent}/increment_authorization: hold more, if the cardholder's bank approves."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.core.stripe_amounts import to_ledger
from paysandbox.http.answer import Body
from paysandbox.payments.bank.increments import requested_response
from paysandbox.payments.bank.response import Response
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import IdempotentResult, apply_idempotent
from paysandbox.payments.ledger.store import change_payment_storing_refusals
from paysandbox.payments.operations.increment import Increment
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.decline import decline_error
from paysandbox.stripe_api.operation_fields import operation_fields
from paysandbox.stripe_api.payment_intents.intent_rules import increment
from paysandbox.stripe_api.payment_intents.intent_terms import incremented_terms, restates_with_increment
from paysandbox.stripe_api.payment_intents.intents import answered, payment_id_of, translate_not_found
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import IncrementAuthorization
from paysandbox.stripe_api.routes import INCREMENT_AUTHORIZATION
from paysandbox.stripe_api.state_errors import Action, explain, intent_in_refusals


@stripe_endpoint(INCREMENT_AUTHORIZATION)
def handler(call: StripeCall[IncrementAuthorization, None]) -> StripeAnswer:
    """An idempotency record, then one conditional update, which the payment's own state decides."""
    body = call.body
    payment_id = payment_id_of(call)
    requested = requested_response(call.outcome, body.metadata or {})
    restate = partial(incremented_terms, body=body) if restates_with_increment(body) else None

    def act(operation_id: str) -> Payment:
        operation = Increment(**operation_fields(call, operation_id), response=Response())

        def decide(current: Payment | None) -> Change:
            return increment(
                payment_id,
                call.merchant,
                operation,
                total=lambda payment: to_ledger(body.amount, payment.currency),
                restate=restate,
                requested=requested,
                current=current,
            )

        return change_payment_storing_refusals(ledger(), decide, explain=explain(Action.INCREMENT))

    with translate_not_found("payment_intent", call.path["intent"], "intent"), intent_in_refusals(call, payment_id):
        once, increment_id = apply_idempotent(call, ids.INCREMENT, payment_id, act)
    return _answered(call, once, increment_id)


def _answered(
    call: StripeCall[IncrementAuthorization, None], once: IdempotentResult, increment_id: str
) -> StripeAnswer:
    """Return the intent after an increment. If that was declined, the answer is a card error with the same intent."""
    answer = answered(call, once, increment_id, expand=call.body.expand, outcome="incremented")
    operation = next(each for each in once.payment.operations if each.id == increment_id)
    if not isinstance(operation, Increment) or operation.decline is None:
        return answer
    error: Body = decline_error(operation.response, operation.decline)
    intent: Mapping[str, Any] = answer.body
    error |= {"charge": intent["latest_charge"], "payment_intent": intent}
    return replace(answer, body={"error": error}, declined=True, outcome="increment_declined")
