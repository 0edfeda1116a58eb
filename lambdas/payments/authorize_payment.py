"""POST /payments/authorize: authorize a payment with the cardholder's bank, and record the result."""

from typing import assert_never

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import AcceptanceSettings, LedgerSettings
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.parameters import reader_of
from paysandbox.http.request import Call
from paysandbox.payments.answers import render_authorization
from paysandbox.payments.authorization_body import AuthorizePayment
from paysandbox.payments.bank import acquirer
from paysandbox.payments.bank.card import Card, storable_card
from paysandbox.payments.idempotency import create_idempotent
from paysandbox.payments.payment import CONTRACT, Payment, Status
from paysandbox.payments.routes import AUTHORIZE_PAYMENT
from paysandbox.payments.rules.authorization import Order, authorize, check_minimum


def order_from(call: Call[AuthorizePayment, None], card: Card) -> Order:
    """Build the order. Raises Refused(amount_too_small) if the amount is below the environment's minimum."""
    body, accepts = call.body, settings_of(AcceptanceSettings)
    check_minimum(body.amount, accepts.minimum_amount, body.currency)
    return Order(
        merchant=call.merchant,
        amount=body.amount,
        currency=body.currency,
        card=card,
        request_id=call.request_id,
        at=call.now,
        contract=CONTRACT,
        validity_s=accepts.authorization_validity_s,
        retention_s=settings_of(LedgerSettings).retention_s,
        automatic=body.capture_method == "automatic",
        annotations=body.annotations,
    )


def card_from(call: Call[AuthorizePayment, None]) -> Card:
    """Validate the card, and return what may be stored of it."""
    details = call.body.card
    return storable_card(
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


def payment_of(
    call: Call[AuthorizePayment, None], order: Order, answer: acquirer.Answer, payment_id: str, fingerprint: Fingerprint
) -> Payment:
    """Return the payment of what the bank answered, or of what it waits for, with what is planned."""
    has_more = answer.plan is not None
    match answer:
        case acquirer.Answered():
            payment = authorize(order, answer, payment_id, fingerprint)
            has_more = has_more or bool(answer.due)
        case acquirer.AwaitsBank():
            from paysandbox.payments.attempts.rules import begin as await_bank  # few payments wait for their bank

            payment = await_bank(order, answer, payment_id, fingerprint)
        case acquirer.AwaitsCardholder():
            from paysandbox.payments.attempts.authentication import begin  # few payments wait for their cardholder

            options = call.body.three_d_secure
            payment = begin(
                order,
                answer,
                payment_id,
                fingerprint,
                base_url=call.request.base_url,
                return_url=call.body.return_url,
                proceeds_if_unavailable=options is None or options.if_unavailable == "proceed",
            )
        case _:
            assert_never(answer)
    if not has_more:
        return payment
    from paysandbox.payments.plan_rules import with_plan  # few payments have a plan

    return with_plan(payment, answer)


@endpoint(AUTHORIZE_PAYMENT, read_body=reader_of(AuthorizePayment))
def handler(call: Call[AuthorizePayment, None]) -> Answer:
    """Authorize the card for the amount, and record the bank's response in one conditional write."""
    card = card_from(call)
    answer = acquirer.answer(
        authorization_request(call), accept_any_card=settings_of(AcceptanceSettings).accept_any_card
    )
    order = order_from(call, card)

    def decide(payment_id: str, fingerprint: Fingerprint) -> Payment:
        return payment_of(call, order, answer, payment_id, fingerprint)

    result = create_idempotent(call, decide)
    response = render_authorization(result.payment)
    if response["status"] == Status.REQUIRES_ACTION:
        from paysandbox.payments.attempts.challenge_url import next_action_of  # few payments wait for their cardholder

        response |= next_action_of(result.payment)
    return Answer(response, result.replayed, result.payment.id, outcome=response["status"])
