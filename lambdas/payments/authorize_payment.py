"""POST /payments/authorize: authorize a payment with the cardholder's bank, and record the result."""

from datetime import datetime
from typing import TypedDict

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import AcceptanceSettings, LedgerSettings
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.parameters import reader_of
from paysandbox.http.request import Call
from paysandbox.payments.answers import render_authorization
from paysandbox.payments.authorization_body import AuthorizePayment
from paysandbox.payments.bank import acquirer, card
from paysandbox.payments.idempotency import create_idempotent
from paysandbox.payments.payment import CONTRACT, Payment, Status
from paysandbox.payments.routes import AUTHORIZE_PAYMENT
from paysandbox.payments.rules.authorization import Order, authorize, order as checked_order


def order_from(body: AuthorizePayment, merchant: str, minimum_amount: int) -> Order:
    """Build the order from the request body."""
    return checked_order(
        merchant=merchant,
        amount=body.amount,
        minimum_amount=minimum_amount,
        currency=body.currency,
        automatic=body.capture_method == "automatic",
        annotations=body.annotations,
    )


def card_from(call: Call[AuthorizePayment, None]) -> card.Card:
    """Validate the card, and return what may be stored of it."""
    details = call.body.card
    return card.storable_card(
        number=details.number,
        exp_month=details.exp_month,
        exp_year=details.exp_year,
        cvc=details.cvc,
        merchant=call.merchant,
        key=hashing_keys().card,
        now=call.now,
    )


def authorization_request(call: Call) -> acquirer.AuthorizationRequest:
    """Build the request to the bank, with the outcomes requested by the header, else by the metadata."""
    body = call.body
    card = body.card
    return acquirer.AuthorizationRequest(
        number=card.number,
        amount=body.amount,
        allow_partial=body.allow_partial,
        with_cvc=card.cvc is not None,
        with_zip=card.address_zip is not None,
        with_line1=card.address_line1 is not None,
        authenticate=body.three_d_secure is not None and body.three_d_secure.request == "any",
        requested=acquirer.requested_outcomes(call.outcome, body.metadata or {}, amount=body.amount),
    )


class Recorded(TypedDict):
    """What every rule records of an attempt, whatever the bank answers."""

    card: card.Card
    answer: acquirer.Answer
    payment_id: str
    request_id: str
    fingerprint: Fingerprint
    now: datetime
    validity_s: int
    retention_s: int
    contract: int


def payment_of(order: Order, call: Call[AuthorizePayment, None], recorded: Recorded) -> Payment:
    """Return the payment of what the bank answered, or of what it waits for, with what is planned."""
    answer = recorded["answer"]
    match answer.wait:
        case None:
            payment = authorize(order, **recorded)
        case acquirer.Wait.BANK:
            from paysandbox.payments.attempts.rules import begin as await_bank  # few payments wait for their bank

            payment = await_bank(order, **recorded)
        case acquirer.Wait.CARDHOLDER:
            from paysandbox.payments.attempts.authentication import begin  # few payments wait for their cardholder

            options = call.body.three_d_secure
            payment = begin(
                order,
                **recorded,
                base_url=call.request.base_url,
                return_url=call.body.return_url,
                proceeds_if_unavailable=options is None or options.if_unavailable == "proceed",
            )
    if not (answer.due or answer.plan):
        return payment
    from paysandbox.payments.plan_rules import with_plan  # few payments have a plan

    return with_plan(payment, answer)


@endpoint(AUTHORIZE_PAYMENT, read_body=reader_of(AuthorizePayment))
def handler(call: Call[AuthorizePayment, None]) -> Answer:
    """Authorize the card for the amount, and record the bank's response in one conditional write."""
    accepts = settings_of(AcceptanceSettings)
    stored_card = card_from(call)
    answer = acquirer.answer(authorization_request(call), accept_any_card=accepts.accept_any_card)
    order = order_from(call.body, call.merchant, accepts.minimum_amount)

    def decide(payment_id: str, fingerprint: Fingerprint) -> Payment:
        recorded: Recorded = {
            "card": stored_card,
            "answer": answer,
            "payment_id": payment_id,
            "request_id": call.request_id,
            "fingerprint": fingerprint,
            "now": call.now,
            "validity_s": accepts.authorization_validity_s,
            "retention_s": settings_of(LedgerSettings).retention_s,
            "contract": CONTRACT,
        }
        return payment_of(order, call, recorded)

    result = create_idempotent(call, decide)
    response = render_authorization(result.payment)
    if response["status"] == Status.REQUIRES_ACTION:
        from paysandbox.payments.attempts.challenge_url import next_action_of  # few payments wait for their cardholder

        response |= next_action_of(result.payment)
    return Answer(response, result.replayed, result.payment.id, outcome=response["status"])
