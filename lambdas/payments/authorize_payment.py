"""POST /payments/authorize: ask the cardholder's bank for a promise, and record its answer."""

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import AcceptanceSettings, LedgerSettings
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments import acquirer, card, rules
from paysandbox.payments.answers import render_step
from paysandbox.payments.idempotency import create_idempotent
from paysandbox.payments.operation import CONTRACT
from paysandbox.payments.outcome import requested_outcome
from paysandbox.payments.payment import Payment
from paysandbox.payments.requests import AuthorizePayment
from paysandbox.payments.routes import AUTHORIZE_PAYMENT


def order_of(body: AuthorizePayment, merchant: str, minimum_amount: int) -> rules.Order:
    """What the body asks for."""
    return rules.order(
        merchant=merchant,
        amount=body.amount,
        minimum_amount=minimum_amount,
        currency=body.currency,
        automatic=body.capture_method == "automatic",
        annotations=body.annotations(),
    )


def ask_of(call: Call) -> acquirer.AuthorizationRequest:
    """What the bank is asked, and what it is asked to say: the header before the metadata."""
    body = call.body
    card = body.card
    return acquirer.AuthorizationRequest(
        number=card.number,
        amount=body.amount,
        allow_partial=body.allow_partial,
        with_cvc=card.cvc is not None,
        with_zip=card.address_zip is not None,
        with_line1=card.address_line1 is not None,
        outcome=requested_outcome(call.outcome, body.metadata or {}, amount=body.amount),
    )


@endpoint(AUTHORIZE_PAYMENT)
def handler(call: Call[AuthorizePayment, None]) -> Answer:
    """Card and amount to the bank's answer; one conditional write records it."""
    body = call.body
    accepts = settings_of(AcceptanceSettings)
    asked = body.card
    kept = card.keep(
        number=asked.number,
        exp_month=asked.exp_month,
        exp_year=asked.exp_year,
        cvc=asked.cvc,
        merchant=call.merchant,
        key=hashing_keys().card,
        now=call.now,
    )
    answer = acquirer.answer(ask_of(call), accept_any_card=accepts.accept_any_card)
    order = order_of(body, call.merchant, accepts.minimum_amount)

    def decide(payment_id: str, fingerprint: Fingerprint) -> Payment:
        return rules.authorize(
            order,
            card=kept,
            answer=answer,
            payment_id=payment_id,
            request_id=call.request_id,
            fingerprint=fingerprint,
            now=call.now,
            validity_s=accepts.authorization_validity_s,
            retention_s=settings_of(LedgerSettings).retention_s,
            contract=CONTRACT,
        )

    once = create_idempotent(call, decide)
    shown = render_step(once.payment, once.payment.id)
    return Answer(shown, once.replayed, once.payment.id, outcome=shown["status"])
