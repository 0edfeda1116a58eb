# pyright: standard
"""Charges that are created without an intent: a payment with one attempt, whose terms are its own."""

from datetime import datetime
from typing import Final

from paysandbox.aws.runtime import ledger, settings_of
from paysandbox.aws.settings import AcceptanceSettings, LedgerSettings
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.json_text import json_text
from paysandbox.core.record import record, replace
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
from paysandbox.stripe_api.ids import SOURCE_OBJECT
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.objects.token import card_id_of
from paysandbox.stripe_api.payment_methods.bank import bank_answer, card_of, use_method
from paysandbox.stripe_api.payment_methods.cards import number_of_token
from paysandbox.stripe_api.requests import CreateCharge

NOT_LINKED: Final = "Customer {} does not have a linked source with ID {}."
"""Stripe's words, and its code `missing` (woocommerce-gateway-stripe, Giftbit/stripe-stateful-mock)."""

NO_CARD: Final = "Cannot charge a customer that has no active card"
"""Stripe's words (stripe-node#282)."""

_NO_SOURCE: Final = "Must provide source or customer."
"""Stripe's words (stripe-php#302)."""


_CONSUMED: Final = (
    "The reusable source you provided is consumed because it was previously charged without being attached to a "
    "customer or was detached from a customer. To charge a reusable source multiple time you must attach it to a "
    "customer first."
)
_OF_CUSTOMER: Final = (
    "For security reasons, you cannot directly charge a source that is already attached to a customer. Please specify "
    "the customer this source is attached to ({}) when charging it."
)
"""Both are Stripe's words, which public programs have recorded."""


@record
class ChargedCard:
    """The card that a charge is created with, and the Source as which it is stored, if it was created as one."""

    method: Method
    source: StoredObject | None = None


def source_of(call: StripeCall[CreateCharge, None]) -> ChargedCard | Refused:
    """Return the card of the token that the request names, which it uses up, of a source, or the customer's card.

    A refusal of a source or a customer is that of a request that is not a repeated one (`charge_of_key`). Raises
    Refused: parameter_invalid if the request names neither, and as `card_of` does.
    """
    body = call.body
    if body.customer:
        return _card_of_customer(call.merchant, body.customer, body.source)
    if not body.source:
        raise Refused(Code.PARAMETER_INVALID, _NO_SOURCE)
    if ids.has_form(SOURCE_OBJECT, body.source):
        return _card_of_source(call.merchant, body.source)
    return ChargedCard(card_of(call, body.source, "source"))


def use_source(call: StripeCall[CreateCharge, None], charged: ChargedCard, payment_id: str) -> None:
    """Let a charge use a source without a customer, which no other can be created with afterwards.

    Call it when nothing but the charge's write is left to do. Raises Refused(parameter_invalid) if another used it.
    """
    if charged.source is not None:
        use_method(charged.method, call.merchant, payment_id, call.body.customer, refusal=_consumed)


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
    charged: ChargedCard,
    answer: Answered,
    payment_id: str,
    fingerprint: Fingerprint,
) -> Payment:
    """Return the payment of a new charge, with what is planned after it. Raises Refused as `with_plan` does."""
    body, source, method = call.body, call.body.source or "", charged.method
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
            source_object=_source_object(charged.source) if charged.source else None,
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


def _source_object(stored: StoredObject) -> str:
    from paysandbox.stripe_api.objects.source import charged_source  # few charges have one

    return json_text(charged_source(stored))


def _consumed() -> Refused:
    return Refused(Code.PARAMETER_INVALID, _CONSUMED, "source")


def _card_of_source(merchant: str, name: str) -> ChargedCard | Refused:
    """Return the card of a source without a customer. One read, and one of its customer if it has one."""
    from paysandbox.stripe_api.objects.stored_method import is_spent, method_in  # loaded for who names a source
    from paysandbox.stripe_api.payment_methods.lookup import stored_method

    stored = stored_method(merchant, name)
    if stored is None:
        return no_such("source", name, "source")
    method = method_in(stored)
    if method.customer is not None:
        return Refused(Code.PARAMETER_INVALID, _OF_CUSTOMER.format(method.customer), "source")
    return _consumed() if is_spent(stored) else ChargedCard(method, stored)


def _card_of_customer(merchant: str, customer_id: str, source: str | None) -> ChargedCard | Refused:
    """Return a customer's card: the source that is named, or its default. Two reads."""
    from paysandbox.stripe_api.objects.stored_method import (  # loaded for who names a customer
        CUSTOMER,
        DEFAULT_SOURCE,
        PAYMENT_METHOD,
        is_consumed,
        is_source,
        is_source_object,
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
        if card is not None and is_source_object(card.id) and is_consumed(card):
            return _consumed()
        detail = NOT_LINKED.format(customer_id, parameter_name(name))
        return StripeRefused(Code.RESOURCE_NOT_FOUND, detail, "source", stripe_code="missing")
    return ChargedCard(method_in(card), card if is_source_object(card.id) else None)
