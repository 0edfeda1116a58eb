"""POST /v1/payment_intents/{intent}/confirm: authorize an intent with the cardholder's bank."""

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core import ids
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.payment import CONTRACT, Payment, state_of
from paysandbox.stripe_api.billing.invoiced import settle_if_invoiced
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import check_client_secret
from paysandbox.stripe_api.connect.destinations import check_destination_of_confirmed
from paysandbox.stripe_api.objects.intent_state import terms_of
from paysandbox.stripe_api.pages.client_context import with_declared
from paysandbox.stripe_api.payment_intents.intent_rules import attempt, check_can_be_confirmed
from paysandbox.stripe_api.payment_intents.intent_terms import (
    check_confirmation,
    confirmed_terms,
    restated_terms,
)
from paysandbox.stripe_api.payment_intents.intents import (
    answered,
    change_read,
    find_intent,
    last_of,
    payment_id_of,
    store_what_follows,
    submit,
)
from paysandbox.stripe_api.payment_methods.bank import method_to_confirm, use_card
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ConfirmPaymentIntent
from paysandbox.stripe_api.routes import CONFIRM_PAYMENT_INTENT
from paysandbox.stripe_api.state_errors import Action, explain, intent_in_refusals


@stripe_endpoint(CONFIRM_PAYMENT_INTENT)
def handler(call: StripeCall[ConfirmPaymentIntent, None]) -> StripeAnswer:
    """A read, an idempotency record, and an update conditional on the terms that the bank authorized. What the intent
    uses of a payment method or a token is written first. A card to be saved is attached last."""
    call, body, token, declared = with_declared(call)
    payment_id = payment_id_of(call)
    check_client_secret(payment_id, body.client_secret, publishable=call.publishable)
    read = find_intent(call, payment_id)
    opened = terms_of(read, state_of(read))
    check_confirmation(opened, call.path["intent"], body, publishable=call.publishable)
    named = method_to_confirm(call, read, opened, token)

    def act(operation_id: str) -> Payment:
        def decide(current: Payment | None) -> Change:
            seen = current or read
            restated = restated_terms(terms_of(seen, state_of(seen)), body)
            check_can_be_confirmed(seen, restated)
            declared.check_payment(seen)
            named.check()
            submitted = submit(call, seen, operation_id, confirmed_terms(opened, body, named.method))
            change = attempt(
                seen,
                submitted,
                request_id=call.request_id,
                at=call.now,
                validity_s=settings_of(AcceptanceSettings).authorization_validity_s,
                contract=CONTRACT,
                first=read,
                restated=restated,
            )
            use_card(call, named, submitted, seen)
            return change

        check_destination_of_confirmed(call, opened.connect, read, operation_id)
        return change_read(call, read, operation_id, decide, explain(Action.CONFIRM))

    with intent_in_refusals(call, payment_id):
        once, attempt_id = apply_idempotent(call, ids.ATTEMPT, payment_id, act)
    store_what_follows(once.payment, opened.customer)
    settle_if_invoiced(once.payment, opened)
    return answered(call, once, last_of(once.payment, attempt_id), expand=body.expand, outcome="confirmed")
