# pyright: standard
"""Which payment methods may be attached to a customer: new ones, and those whose payment was to save them."""

from typing import Final

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import payment_of_method
from paysandbox.stripe_api.objects.future_usage import future_usage
from paysandbox.stripe_api.objects.method import method_of_payment
from paysandbox.stripe_api.objects.stored_method import (
    CUSTOMER,
    PAYMENT_METHOD,
    is_spent,
    method_attributes,
    method_in,
)
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, new_object
from paysandbox.stripe_api.payment_methods.attaching import Attachable, as_attached_by
from paysandbox.stripe_api.payment_methods.bank import published_method
from paysandbox.stripe_api.payment_methods.cards import number_of_method
from paysandbox.stripe_api.payment_methods.refusals import used_before
from paysandbox.stripe_api.payment_methods.verification import check_accepted
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table

ALREADY_ATTACHED: Final = "The payment method you provided has already been attached to a customer."
"""Stripe's words, whichever customer it is."""

_NAMED: Final = "payment_method"


def attachable(merchant: str, name: str, cause: Cause, param: str = _NAMED) -> Attachable | StoredObject:
    """Return the payment method that a request names to attach it, or as the request has attached it before.

    One of Stripe's names (`pm_card_visa`) is a new payment method each time. Raises Refused: resource_not_found,
    parameter_invalid (already attached, used, detached), and as `check_accepted` does of one that no payment saved.
    """
    number = number_of_method(name)
    method_id = f"{ids.METHOD}_{cause.operation_id.partition('_')[2]}" if number else name
    stored = get_object(objects_table(), PAYMENT_METHOD, merchant, method_id)
    if stored is not None:
        if done := as_attached_by(cause, stored):
            return done
        if stored.attributes.get(CUSTOMER):
            raise Refused(Code.PARAMETER_INVALID, ALREADY_ATTACHED, param)
        if is_spent(stored) or (stored.used_by and not _saves(_payment(merchant, stored.used_by))):
            raise used_before(param)
        if stored.used_by is None:
            check_accepted(method_in(stored), merchant)
        return Attachable(stored, is_stored=True)
    if number:
        method = published_method(number, merchant, cause.at)
        check_accepted(method, merchant)
        return _new(merchant, method_id, method, cause)
    payment = _payment(merchant, payment_of_method(name))
    named = method_of_payment(payment, name) if payment else None
    if named is None:
        raise no_such("PaymentMethod", name, param)
    if not _saves(payment):
        raise used_before(param)
    return _new(merchant, name, named.method, cause)


def _new(merchant: str, method_id: str, method: Method, cause: Cause) -> Attachable:
    new = new_object(merchant, PAYMENT_METHOD, method_id, method_attributes(method), cause)
    return Attachable(new, is_stored=False)


def _payment(merchant: str, payment_id: str | None) -> Payment | None:
    payment = get_payment(ledger(), payment_id) if payment_id else None
    return payment if payment and payment.merchant == merchant else None


def _saves(payment: Payment | None) -> bool:
    """Whether a payment was approved with `setup_future_usage`, so that its card can be attached afterwards."""
    terms = state_of(payment).terms if payment and payment.remaining is not None else None
    return terms is not None and future_usage(terms) is not None
