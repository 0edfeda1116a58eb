"""POST /v1/payment_intents/{intent}: update the terms of an intent."""

from typing import Final

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.payment import Payment, state_of
from paysandbox.stripe_api.amounts import check_amount
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.customers import check_customer
from paysandbox.stripe_api.objects.intent_state import terms_of
from paysandbox.stripe_api.operation_fields import operation_fields
from paysandbox.stripe_api.payment_intents.checkout_rules import check_is_not_of_checkout
from paysandbox.stripe_api.payment_intents.intent_rules import revise
from paysandbox.stripe_api.payment_intents.intent_terms import next_terms
from paysandbox.stripe_api.payment_intents.intents import answered, change_read, find_intent, payment_id_of
from paysandbox.stripe_api.payment_methods.bank import method_of
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdatePaymentIntent
from paysandbox.stripe_api.routes import UPDATE_PAYMENT_INTENT
from paysandbox.stripe_api.state_errors import Action, explain, intent_in_refusals

_DECIDED: Final = ("amount", "customer")
"""What a refusal by the intent's status names, besides its payment method."""


@stripe_endpoint(UPDATE_PAYMENT_INTENT)
def handler(call: StripeCall[UpdatePaymentIntent, None]) -> StripeAnswer:
    """A read, an idempotency record, and an update conditional on the intent as it was read. A new customer is read."""
    body = call.body
    payment_id = payment_id_of(call)
    read = find_intent(call, payment_id)
    if body.amount is not None:
        check_amount(body.amount, read.currency, settings_of(AcceptanceSettings).minimum_amount)
    customer = body.customer or terms_of(read, state_of(read)).customer
    named = method_of(call, read, customer=customer)

    def act(operation_id: str) -> Payment:
        def decide(current: Payment | None) -> Change:
            seen = current or read
            if body.currency is not None and body.currency != seen.currency:
                raise Refused(Code.CURRENCY_MISMATCH, f"The intent is in {seen.currency}.", "currency")
            before = terms_of(seen, state_of(seen))
            if seen.remaining is None:
                check_is_not_of_checkout(before)
            named.check()
            terms = next_terms(before, body, named.method, seen.currency, call.platform)
            if terms.customer is not None and terms.customer != before.customer:
                check_customer(call, terms.customer)
            return revise(
                seen,
                IntentUpdated(**operation_fields(call, operation_id), terms=terms),
            )

        field = next((name for name in _DECIDED if getattr(body, name) is not None), "payment_method")
        return change_read(call, read, operation_id, decide, explain(Action.UPDATE, field))

    with intent_in_refusals(call, payment_id):
        once, revision = apply_idempotent(call, ids.REVISION, payment_id, act)
    return answered(call, once, revision, expand=body.expand, outcome="revised")
