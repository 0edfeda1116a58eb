# pyright: standard
"""Charges that are created without an intent: a payment with one attempt, whose terms are its own."""

from datetime import datetime
from typing import Final

from paysandbox.aws.runtime import ledger, settings_of
from paysandbox.aws.settings import AcceptanceSettings, LedgerSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.record import replace
from paysandbox.http.reading import parameter_name
from paysandbox.payments.bank.acquirer import Answered
from paysandbox.payments.bank.decline_codes import AUTHENTICATION_REQUIRED
from paysandbox.payments.ledger.store import get_payment, is_id_free
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import CONTRACT, Payment
from paysandbox.payments.rules.authorization import Order, authorize
from paysandbox.payments.terms import IntentTerms, Method
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.errors import StripeRefused, no_such
from paysandbox.stripe_api.objects.token import card_id_of
from paysandbox.stripe_api.payment_methods.bank import bank_answer, card_of
from paysandbox.stripe_api.payment_methods.cards import number_of_token
from paysandbox.stripe_api.requests import CreateCharge

NOT_LINKED: Final = "Customer {} does not have a linked source with ID {}."
"""Stripe's words, and its code `missing` (woocommerce-gateway-stripe, Giftbit/stripe-stateful-mock)."""

NO_CARD: Final = "Cannot charge a customer that has no active card"
"""Stripe's words (stripe-node#282)."""

_NO_SOURCE: Final = "Must provide source or customer."
"""Stripe's words (stripe-php#302)."""


def source_of(call: StripeCall[CreateCharge, None]) -> Method | Refused:
    """Return the card of the token that the request names, which it uses up, or the customer's card.

    If the customer does not have it, that is the refusal of a request that is not a repeated one (`charge_of_key`).
    Raises Refused: parameter_invalid if the request names neither, and as `card_of` does.
    """
    body = call.body
    if body.customer:
        return _card_of_customer(call.merchant, body.customer, body.source)
    if not body.source:
        raise Refused(Code.PARAMETER_INVALID, _NO_SOURCE)
    return card_of(call, body.source, "source")


def charge_of_key(refused: Refused, payment_id: str, now: datetime) -> Payment:
    """Return the charge that a repeated request has made, whatever became of its card. Raises the refusal otherwise."""
    payment = None if is_id_free(ledger(), payment_id, now) else get_payment(ledger(), payment_id)
    if payment is None:
        raise refused
    return payment


def answer_of_bank(call: StripeCall[CreateCharge, None], terms: IntentTerms, method: Method) -> Answered:
    """Return the bank's answer, which a charge has at once: a card that requires authentication is declined.

    Raises Refused as `bank_answer` does, and outcome_invalid for an answer that comes later.
    """
    answer = bank_answer(
        method,
        call.merchant,
        terms.amount,
        outcome=call.outcome,
        metadata=terms.metadata,
        unattended=AUTHENTICATION_REQUIRED,
    )
    if isinstance(answer, Answered):
        return answer
    detail = "The bank answers a charge at once. Create a payment intent for an answer that comes later."
    raise Refused(Code.OUTCOME_INVALID, detail, OUTCOME_HEADER)


def new_charge(
    call: StripeCall[CreateCharge, None],
    terms: IntentTerms,
    method: Method,
    answer: Answered,
    payment_id: str,
    fingerprint: Fingerprint,
) -> Payment:
    """Return the payment of a new charge, with what is planned after it. Raises Refused as `with_plan` does."""
    body, source = call.body, call.body.source or ""
    order = Order(
        merchant=call.merchant,
        amount=terms.amount,
        currency=body.currency,
        card=method.card,
        request_id=call.request_id,
        at=call.now,
        contract=CONTRACT,
        validity_s=settings_of(AcceptanceSettings).authorization_validity_s,
        retention_s=settings_of(LedgerSettings).retention_s,
        automatic=body.capture,
    )
    payment = authorize(order, answer, payment_id, fingerprint)
    # A published name has another card each time, as if a token had just been created.
    card = method.id or card_id_of(source if number_of_token(source) is None else payment_id)
    operations = tuple(
        replace(
            operation,
            idempotency_key=call.caller_key,
            terms=terms,
            method_id=card,
            billing_details=method.billing_details,
        )
        if isinstance(operation, Authorization)
        else replace(operation, idempotency_key=call.caller_key)
        for operation in payment.operations
    )
    payment = replace(payment, operations=operations)
    if answer.plan is None and not answer.due:
        return payment
    from paysandbox.payments.plan_rules import with_plan  # few payments have a plan

    return with_plan(payment, answer)


def _card_of_customer(merchant: str, customer_id: str, source: str | None) -> Method | Refused:
    """Return a customer's card: the source that is named, or its default. Two reads."""
    from paysandbox.stripe_api.objects.stored_method import (  # loaded for who names a customer
        CUSTOMER,
        DEFAULT_SOURCE,
        PAYMENT_METHOD,
        is_source,
        method_in,
    )
    from paysandbox.stripe_api.resource_kit.objects_table import get_object
    from paysandbox.stripe_api.resource_kit.tables import objects_table

    customer = get_object(objects_table(), CUSTOMER, merchant, customer_id)
    if customer is None or customer.deleted:
        return no_such(CUSTOMER, customer_id, CUSTOMER)
    name: str | None = source or customer.attributes.get(DEFAULT_SOURCE)
    if name is None:
        return StripeRefused(Code.PAYMENT_METHOD_REQUIRED, NO_CARD, "card", card_error={"code": "missing"})
    card = get_object(objects_table(), PAYMENT_METHOD, merchant, name) if is_source(name) else None
    if card is None or card.attributes.get(CUSTOMER) != customer_id:
        detail = NOT_LINKED.format(customer_id, parameter_name(name))
        return StripeRefused(Code.RESOURCE_NOT_FOUND, detail, "source", stripe_code="missing")
    return method_in(card)
