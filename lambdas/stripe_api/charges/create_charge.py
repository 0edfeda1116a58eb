"""POST /v1/charges: charge a card by its token or its source, or a customer's, or hold the amount on it."""

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core.errors import Refused
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.payments.idempotency import create_idempotent
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.amounts import check_amount
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.destinations import check_destination_of_new
from paysandbox.stripe_api.ids import charge_id
from paysandbox.stripe_api.objects.decline import decline_error
from paysandbox.stripe_api.objects.render import render_charge
from paysandbox.stripe_api.payment_intents.charges import (
    answer_of_bank,
    charge_of_key,
    new_charge,
    source_of,
    use_source,
)
from paysandbox.stripe_api.payment_intents.intent_terms import first_terms_of_charge
from paysandbox.stripe_api.payment_intents.intents import store_if_shared
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateCharge
from paysandbox.stripe_api.routes import CREATE_CHARGE


@stripe_endpoint(CREATE_CHARGE)
def handler(call: StripeCall[CreateCharge, None]) -> StripeAnswer:
    """One conditional write, whatever the bank's answer. A token that was created is used up before, and so is a source
    without a customer, which is read. Of a customer, it and its card are read."""
    body = call.body
    check_amount(body.amount, body.currency, settings_of(AcceptanceSettings).minimum_amount)
    terms = first_terms_of_charge(body, call.platform)
    source = source_of(call)

    def decide(payment_id: str, fingerprint: Fingerprint) -> Payment:
        if isinstance(source, Refused):
            return charge_of_key(source, payment_id, call.now)
        if terms.connect is not None:
            check_destination_of_new(call, terms.connect, payment_id)
        answer = answer_of_bank(call, terms, source.method)
        payment = new_charge(call, terms, source, answer, payment_id, fingerprint)
        use_source(call, source, payment_id)
        return payment

    once = create_idempotent(call, decide)
    store_if_shared(once.payment)
    attempt, version = authorization_of(once.payment), call.stripe_version
    if attempt.decline:
        error = {**decline_error(attempt.response, attempt.decline), "charge": charge_id(attempt.id)}
        shown = {"error": error}
    else:
        shown = render_charge(once.payment, attempt.id, until=attempt.id, expand=body.expand, version=version)
    return StripeAnswer(
        body=shown,
        replayed=once.replayed,
        first_request=once.first_request,
        transaction_id=once.payment.id,
        outcome="declined" if attempt.decline else "charged",
        declined=attempt.decline is not None,
    )
