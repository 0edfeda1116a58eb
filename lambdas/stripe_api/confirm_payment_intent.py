"""POST /v1/payment_intents/{intent}/confirm: ask the cardholder's bank."""

from dataclasses import replace

from paysandbox.aws.effects import ledger, need
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core import identity
from paysandbox.http.request import Call
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import operate_once
from paysandbox.payments.operation import CONTRACT
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.payments import Seen, change_payment_keeping_refusals
from paysandbox.payments.refusals import Wished
from paysandbox.stripe_api.bank import method_of
from paysandbox.stripe_api.client_secrets import check_client_secret
from paysandbox.stripe_api.intent_rules import Asked, attempt, may_be_confirmed, terms_of
from paysandbox.stripe_api.intents import answered, asked_bank, asked_for, found, last_of
from paysandbox.stripe_api.objects import may_expand
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ConfirmPaymentIntent
from paysandbox.stripe_api.routes import CONFIRM_PAYMENT_INTENT


@stripe_endpoint(CONFIRM_PAYMENT_INTENT)
def handler(call: Call[ConfirmPaymentIntent, None]) -> StripeAnswer:
    """A read, a claim, and an update that holds only for the intent that the bank was asked about."""
    body = call.body
    may_expand("payment_intent", body.expand)
    payment_id = asked_for(call)
    check_client_secret(call, payment_id, body.client_secret)
    read = found(call, payment_id)
    method = method_of(call, read)

    def act(operation_id: str) -> Payment:
        def decide(met: Payment | None) -> Change:
            may_be_confirmed(met or read)
            return attempt(
                met or read,
                asked_of(read, operation_id),
                request_id=call.request_id,
                at=call.now,
                validity_s=need(AcceptanceSettings).authorization_validity_s,
                contract=CONTRACT,
                first=read,
            )

        wished = Wished(operation_id=operation_id, request_id=call.request_id)
        return change_payment_keeping_refusals(ledger(), decide, seen=Seen(read, wished))

    def asked_of(seen: Payment, operation_id: str) -> Asked:
        before = terms_of(seen, state_of(seen))
        terms = replace(before, method=method or before.method)
        capture_id = identity.operation_id(identity.CAPTURE, payment_id, operation_id[-identity.OWN_LENGTH :])
        return Asked(terms=terms, answer=asked_bank(call, terms), operation_id=operation_id, capture_id=capture_id)

    once, attempt_id = operate_once(call, identity.ATTEMPT, payment_id, act)
    until = last_of(once.payment, attempt_id)
    return answered(once.payment, until, expand=body.expand, replayed=once.replayed, outcome="confirmed")
