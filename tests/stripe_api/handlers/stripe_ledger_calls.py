"""Minimal handlers with Stripe's idempotency guarantees: they open, confirm, capture and refund.

Their responses are small, since the tests examine the protocol and the resulting ledger.
"""

from typing import Any

from paysandbox.aws.runtime import ledger, random_suffix
from paysandbox.core import ids
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.stripe_amounts import StripeAmount
from paysandbox.payments.bank.acquirer import Answered
from paysandbox.payments.bank.response import Response
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent, create_idempotent
from paysandbox.payments.ledger.refusals import RequestedOperation
from paysandbox.payments.ledger.store import ReadPayment, change_payment_storing_refusals, get_payment
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.payment import CONTRACT, Payment, state_of
from paysandbox.payments.refusals import not_found
from paysandbox.payments.rules.capture import capture as capture_rule
from paysandbox.payments.rules.refund import refund_payment
from paysandbox.payments.terms import IntentTerms, Method
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import check_client_secret, client_secret_of
from paysandbox.stripe_api.payment_intents import intent_rules as intent
from paysandbox.stripe_api.payment_methods.authorization_attempt import AuthorizationAttempt
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.routes import (
    CAPTURE_PAYMENT_INTENT,
    CONFIRM_PAYMENT_INTENT,
    CREATE_PAYMENT_INTENT,
    CREATE_REFUND,
    GET_PAYMENT_INTENT,
)
from tests.support.builders import build

VALIDITY_S = 604_800


def payment_id_of(text: str | None) -> str:
    """Return our ID of an intent."""
    return "auth_" + (text or "").removeprefix("pi_")


@stripe_endpoint(CREATE_PAYMENT_INTENT)
def create(call: StripeCall) -> StripeAnswer:
    """Open an intent. With the payment method `pm_card_visa`, it can be confirmed."""
    method = Method(build.card()) if call.body.payment_method else None

    def decide(payment_id: str, fingerprint: Fingerprint) -> Payment:
        return intent.open_intent(
            payment_id,
            merchant=call.merchant,
            currency="USD",
            automatic=True,
            opening=IntentCreated(
                id=payment_id,
                request_id=call.request_id,
                at=call.now,
                contract=CONTRACT,
                terms=IntentTerms(amount=call.body.amount.units, method=method),
            ),
            fingerprint=fingerprint,
            validity_s=VALIDITY_S,
            retention_s=ledger().retention_s,
        )

    once = create_idempotent(call, decide)
    shown = {"id": "pi_" + once.payment.id.removeprefix("auth_"), "client_secret": client_secret_of(once.payment.id)}
    return StripeAnswer(body=shown, replayed=once.replayed, transaction_id=once.payment.id, outcome="opened")


@stripe_endpoint(GET_PAYMENT_INTENT)
def show(call: StripeCall) -> StripeAnswer:
    """Return the intent's ID, after checking the client secret."""
    payment_id = payment_id_of(call.path["intent"])
    check_client_secret(payment_id, call.query.client_secret, publishable=call.publishable)
    return StripeAnswer(body={"id": call.path["intent"], "object": "payment_intent", "expand": call.query.expand})


@stripe_endpoint(CONFIRM_PAYMENT_INTENT)
def confirm(call: StripeCall) -> StripeAnswer:
    """Read the intent and attempt it. The bank approves."""
    payment_id = payment_id_of(call.path["intent"])
    check_client_secret(payment_id, call.body.client_secret, publishable=call.publishable)
    seen = get_payment(ledger(), payment_id)
    if seen is None or seen.merchant != call.merchant:
        raise not_found()

    def act(operation_id: str) -> Payment:
        terms = intent.terms_of(seen, state_of(seen))
        capture_id = ids.operation_id(ids.CAPTURE, payment_id, random_suffix())
        asked = AuthorizationAttempt(
            terms=terms, answer=Answered(Response(), terms.amount), operation_id=operation_id, capture_id=capture_id
        )

        def decide(current: Payment | None) -> Change:
            return intent.attempt(
                current or seen,
                asked,
                request_id=call.request_id,
                at=call.now,
                validity_s=VALIDITY_S,
                contract=CONTRACT,
                first=seen,
            )

        wished = RequestedOperation(operation_id=operation_id, request_id=call.request_id)
        return change_payment_storing_refusals(ledger(), decide, known=ReadPayment(seen, wished))

    return _done(*apply_idempotent(call, ids.ATTEMPT, payment_id, act))


@stripe_endpoint(CAPTURE_PAYMENT_INTENT)
def capture(call: StripeCall) -> StripeAnswer:
    """Capture with one update, without a read."""
    payment_id = payment_id_of(call.path["intent"])

    def act(operation_id: str) -> Payment:
        operation = Capture(
            id=operation_id, request_id=call.request_id, at=call.now, contract=CONTRACT, final=call.body.final_capture
        )

        def decide(current: Payment | None) -> Change:
            return capture_rule(
                payment_id,
                call.merchant,
                operation,
                amount=_units(call.body.amount_to_capture),
                currency=None,
                current=current,
            )

        return change_payment_storing_refusals(ledger(), decide)

    return _done(*apply_idempotent(call, ids.CAPTURE, payment_id, act))


@stripe_endpoint(CREATE_REFUND)
def refund(call: StripeCall) -> StripeAnswer:
    """Refund with one update. Reads only if there are several captures."""
    payment_id = payment_id_of(call.body.payment_intent)

    def act(operation_id: str) -> Payment:
        operation = Refund(id=operation_id, request_id=call.request_id, at=call.now, contract=CONTRACT)

        def decide(current: Payment | None) -> Change:
            return refund_payment(
                payment_id, call.merchant, operation, amount=_units(call.body.amount), current=current
            )

        return change_payment_storing_refusals(ledger(), decide)

    return _done(*apply_idempotent(call, ids.REFUND, payment_id, act))


def _units(amount: StripeAmount | None) -> int | None:
    return None if amount is None else amount.units


def _done(once: Any, operation_id: str) -> StripeAnswer:
    return StripeAnswer(
        body={"object": "payment_intent", "operation": operation_id, "amount": once.payment.amounts[operation_id]},
        replayed=once.replayed,
        transaction_id=operation_id,
    )
