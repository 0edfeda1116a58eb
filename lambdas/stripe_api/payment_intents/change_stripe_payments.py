"""Payment intents: routes that change them with a secret key."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from paysandbox.aws.runtime import ledger, settings_of
from paysandbox.aws.settings import AcceptanceSettings, LedgerSettings
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.record import replace
from paysandbox.core.stripe_amounts import to_ledger
from paysandbox.http.answer import Body
from paysandbox.payments.bank.increments import requested_response
from paysandbox.payments.bank.response import Response
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import IdempotentResult, apply_idempotent, create_idempotent
from paysandbox.payments.ledger.store import change_payment_storing_refusals
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.increment import Increment
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import CONTRACT, Payment, state_of
from paysandbox.stripe_api.amounts import change_by, check_amount
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.destinations import check_destination_of_new
from paysandbox.stripe_api.customers import check_customer, check_customer_of_new
from paysandbox.stripe_api.objects.decline import decline_error
from paysandbox.stripe_api.objects.intent_state import terms_of
from paysandbox.stripe_api.operation_fields import operation_fields
from paysandbox.stripe_api.pages.client_context import with_declared
from paysandbox.stripe_api.payment_intents.checkout_rules import check_is_not_of_checkout
from paysandbox.stripe_api.payment_intents.intent_rules import (
    attempted,
    cancel,
    capture,
    increment,
    open_intent,
    revise,
)
from paysandbox.stripe_api.payment_intents.intent_terms import (
    captured_amount,
    captured_terms,
    captures_at_once,
    first_terms,
    incremented_terms,
    next_terms,
    restates,
    restates_with_increment,
)
from paysandbox.stripe_api.payment_intents.intents import (
    answered,
    attempt_of,
    authorize_with_bank,
    change_read,
    check_outcome,
    find_intent,
    last_of,
    payment_id_of,
    store_if_shared,
    store_what_follows,
    translate_not_found,
)
from paysandbox.stripe_api.payment_methods.bank import method_of, use_card_of_new
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import (
    CancelPaymentIntent,
    CapturePaymentIntent,
    CreatePaymentIntent,
    IncrementAuthorization,
    UpdatePaymentIntent,
)
from paysandbox.stripe_api.routes import (
    CANCEL_PAYMENT_INTENT,
    CAPTURE_PAYMENT_INTENT,
    CREATE_PAYMENT_INTENT,
    INCREMENT_AUTHORIZATION,
    UPDATE_PAYMENT_INTENT,
)
from paysandbox.stripe_api.state_errors import Action, explain, intent_in_refusals

_DECIDED: Final = ("amount", "customer")
"""What a refusal by the intent's status names, besides its payment method."""


@stripe_endpoint(CREATE_PAYMENT_INTENT)
def create_payment_intent(call: StripeCall[CreatePaymentIntent, None]) -> StripeAnswer:
    """POST /v1/payment_intents: create an intent to collect an amount, optionally confirming it at once.

    One conditional write, whatever the bank's answer. A payment method that was created by itself, a token and a
    customer are read first, and what the intent uses of them is written if it is confirmed. A card is saved last.
    """
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


@stripe_endpoint(UPDATE_PAYMENT_INTENT)
def update_payment_intent(call: StripeCall[UpdatePaymentIntent, None]) -> StripeAnswer:
    """POST /v1/payment_intents/{intent}: update the terms of an intent.

    A read, an idempotency record, and an update conditional on the intent as it was read. A new customer is read.
    """
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


@stripe_endpoint(CAPTURE_PAYMENT_INTENT)
def capture_payment_intent(call: StripeCall[CapturePaymentIntent, None]) -> StripeAnswer:
    """POST /v1/payment_intents/{intent}/capture: capture all or part of an authorization.

    An idempotency record, then one conditional update; a second one if the capture changes the intent's terms.
    """
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


@stripe_endpoint(INCREMENT_AUTHORIZATION)
def increment_authorization(call: StripeCall[IncrementAuthorization, None]) -> StripeAnswer:
    """POST /v1/payment_intents/{intent}/increment_authorization: hold more, if the cardholder's bank approves.

    An idempotency record, then one conditional update, which the payment's own state decides.
    """
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


@stripe_endpoint(CANCEL_PAYMENT_INTENT)
def cancel_payment_intent(call: StripeCall[CancelPaymentIntent, None]) -> StripeAnswer:
    """POST /v1/payment_intents/{intent}/cancel: cancel an intent, and void its authorization if it has one.

    An idempotency record, then one conditional update; a second update for an intent that is not authorized.
    """
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
