"""POST /v1/charges/{charge}/capture: capture all or part of a charge that was created without an intent."""

from functools import partial

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.ledger.store import change_payment_storing_refusals
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.amounts import change_by
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.ids import intent_id
from paysandbox.stripe_api.lookups import find_charge
from paysandbox.stripe_api.objects.render import render_charge
from paysandbox.stripe_api.operation_fields import operation_fields
from paysandbox.stripe_api.payment_intents.intent_rules import capture
from paysandbox.stripe_api.payment_intents.intent_terms import captured_terms_of_charge
from paysandbox.stripe_api.payment_intents.intents import store_if_shared
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CaptureCharge
from paysandbox.stripe_api.routes import CAPTURE_CHARGE
from paysandbox.stripe_api.state_errors import Action, charge_in_refusals, explain


@stripe_endpoint(CAPTURE_CHARGE)
def handler(call: StripeCall[CaptureCharge, None]) -> StripeAnswer:
    """A read, an idempotency record, then one conditional update; a second one if the capture changes the terms."""
    body = call.body
    read, attempt = find_charge(call, call.path["charge"], "id")
    if not read.is_charge:
        raise Refused(
            Code.PARAMETER_INVALID,
            f"This charge was created by a PaymentIntent ({intent_id(read.id)}). Capture the PaymentIntent instead.",
        )
    restates = bool(body.model_fields_set - {"amount", "expand"})
    restate = partial(captured_terms_of_charge, body=body, platform=call.platform) if restates else None

    def act(operation_id: str) -> Payment:
        operation = Capture(**operation_fields(call, operation_id), final=True)

        def decide(current: Payment | None) -> Change:
            rule = partial(capture, read.id, call.merchant, operation, restate=restate, current=current)
            return change_by(body.amount, current, lambda amount: rule(amount=amount))

        return change_payment_storing_refusals(ledger(), decide, explain=explain(Action.CAPTURE))

    with charge_in_refusals():
        once, capture_id = apply_idempotent(call, ids.CAPTURE, read.id, act)
    store_if_shared(once.payment)
    shown = render_charge(once.payment, attempt.id, until=capture_id, expand=body.expand, version=call.stripe_version)
    return StripeAnswer(
        body=shown,
        replayed=once.replayed,
        first_request=once.first_request,
        transaction_id=capture_id,
        outcome="captured",
    )
