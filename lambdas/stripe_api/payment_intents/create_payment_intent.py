"""POST /v1/payment_intents: create an intent to collect an amount, optionally confirming it at once."""

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import AcceptanceSettings, LedgerSettings
from paysandbox.core import ids
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.payments.idempotency import create_idempotent
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.payment import CONTRACT, Payment
from paysandbox.stripe_api.amounts import check_amount
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.destinations import check_destination_of_new
from paysandbox.stripe_api.customers import check_customer_of_new
from paysandbox.stripe_api.operation_fields import operation_fields
from paysandbox.stripe_api.pages.client_context import with_declared
from paysandbox.stripe_api.payment_intents.intent_rules import attempted, open_intent
from paysandbox.stripe_api.payment_intents.intent_terms import captures_at_once, first_terms
from paysandbox.stripe_api.payment_intents.intents import (
    answered,
    attempt_of,
    authorize_with_bank,
    check_outcome,
    last_of,
    store_what_follows,
)
from paysandbox.stripe_api.payment_methods.bank import method_of, use_card_of_new
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreatePaymentIntent
from paysandbox.stripe_api.routes import CREATE_PAYMENT_INTENT


@stripe_endpoint(CREATE_PAYMENT_INTENT)
def handler(call: StripeCall[CreatePaymentIntent, None]) -> StripeAnswer:
    """One conditional write, whatever the bank's answer. A payment method that was created by itself, a token and a
    customer are read first, and what the intent uses of them is written if it is confirmed. A card is saved last."""
    call, body, token, declared = with_declared(call)
    accepts = settings_of(AcceptanceSettings)
    check_amount(body.amount, body.currency, accepts.minimum_amount)
    check_outcome(call)
    named = method_of(call, customer=body.customer, token=token)
    terms = first_terms(body, named.method, call.platform)
    declared.check_new_payment(body.currency)
    answer = authorize_with_bank(call, terms) if body.confirm else None

    def decide(payment_id: str, fingerprint: Fingerprint) -> Payment:
        check_customer_of_new(call, body.customer, payment_id)
        if terms.connect is not None:
            check_destination_of_new(call, terms.connect, payment_id)
        intent = open_intent(
            payment_id,
            merchant=call.merchant,
            currency=body.currency,
            automatic=captures_at_once(body),
            opening=IntentCreated(**operation_fields(call, payment_id), terms=terms),
            fingerprint=fingerprint,
            validity_s=accepts.authorization_validity_s,
            retention_s=settings_of(LedgerSettings).retention_s,
        )
        first = ids.first_id(ids.ATTEMPT, payment_id)
        attempt = attempt_of(call, payment_id, first, terms, answer) if answer else None
        use_card_of_new(call, named, intent, attempt)
        if attempt is None:
            return intent
        validity_s = accepts.authorization_validity_s
        return attempted(intent, attempt, request_id=call.request_id, validity_s=validity_s, contract=CONTRACT)

    once = create_idempotent(call, decide)
    store_what_follows(once.payment, terms.customer)
    return answered(call, once, last_of(once.payment, once.payment.id), expand=body.expand, outcome="opened")
