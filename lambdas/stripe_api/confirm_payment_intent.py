"""POST /v1/payment_intents/{intent}/confirm: authorize an intent with the cardholder's bank."""

from dataclasses import replace

from paysandbox.aws.runtime import ledger, settings_of
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core import ids
from paysandbox.http.request import Call
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.operation import CONTRACT
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.refusals import RequestedOperation
from paysandbox.payments.store import ReadPayment, change_payment_storing_refusals
from paysandbox.stripe_api.bank import method_of
from paysandbox.stripe_api.client_secrets import check_client_secret
from paysandbox.stripe_api.intent_rules import AuthorizationAttempt, attempt, check_can_be_confirmed, terms_of
from paysandbox.stripe_api.intents import answered, authorize_with_bank, find_intent, last_of, payment_id_of
from paysandbox.stripe_api.objects import check_expand
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ConfirmPaymentIntent
from paysandbox.stripe_api.routes import CONFIRM_PAYMENT_INTENT


@stripe_endpoint(CONFIRM_PAYMENT_INTENT)
def handler(call: Call[ConfirmPaymentIntent, None]) -> StripeAnswer:
    """A read, an idempotency record, and an update conditional on the terms that the bank authorized."""
    body = call.body
    check_expand("payment_intent", body.expand)
    payment_id = payment_id_of(call)
    check_client_secret(call, payment_id, body.client_secret)
    read = find_intent(call, payment_id)
    method = method_of(call, read)

    def act(operation_id: str) -> Payment:
        def decide(current: Payment | None) -> Change:
            check_can_be_confirmed(current or read)
            return attempt(
                current or read,
                asked_of(read, operation_id),
                request_id=call.request_id,
                at=call.now,
                validity_s=settings_of(AcceptanceSettings).authorization_validity_s,
                contract=CONTRACT,
                first=read,
            )

        requested = RequestedOperation(operation_id=operation_id, request_id=call.request_id)
        return change_payment_storing_refusals(ledger(), decide, known=ReadPayment(read, requested))

    def asked_of(seen: Payment, operation_id: str) -> AuthorizationAttempt:
        before = terms_of(seen, state_of(seen))
        terms = replace(before, method=method or before.method)
        capture_id = ids.operation_id(ids.CAPTURE, payment_id, operation_id[-ids.SUFFIX_LENGTH :])
        return AuthorizationAttempt(
            terms=terms,
            answer=authorize_with_bank(call, terms),
            operation_id=operation_id,
            capture_id=capture_id,
            idempotency_key=call.caller_key,
        )

    once, attempt_id = apply_idempotent(call, ids.ATTEMPT, payment_id, act)
    until = last_of(once.payment, attempt_id)
    return answered(once.payment, until, expand=body.expand, replayed=once.replayed, outcome="confirmed")
