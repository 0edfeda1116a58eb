"""Which card pays an invoice. Reads.

Source of the order: Stripe, "Payment method priority" (Billing): of the invoice, of the subscription, the customer's
default for invoices, the customer's default source.
"""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.errors import StripeRefused
from paysandbox.stripe_api.objects.stored_method import (
    ATTACHED,
    DEFAULT_METHOD,
    DEFAULT_SOURCE,
    INVOICE_SETTINGS,
    method_in,
)
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.payment_methods.lookup import stored_method

_NONE: Final = (
    "This customer has no attached payment source or default payment method. Please consider adding a default payment "
    "method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting"
    "#payment-method-priority."
)
"""Stripe's words, as pay-rails/pay has recorded them."""
_NOT_THEIRS: Final = (
    "The customer does not have a payment method with the ID {}. The payment method must be attached to the customer."
)
"""Stripe's words (cashier-stripe#840)."""


def method_name(customer: StoredObject | None, *owners: Attributes) -> str | None:
    """Return the ID of the payment method that pays for a customer: of the first owner that has one, or their own."""
    for owner in owners:
        if name := owner.get(DEFAULT_METHOD) or owner.get(DEFAULT_SOURCE):
            return name
    if customer is None or customer.deleted:
        return None
    settings: Attributes = customer.attributes.get(INVOICE_SETTINGS, {})
    return settings.get(DEFAULT_METHOD) or customer.attributes.get(DEFAULT_SOURCE)


def paying_method(merchant: str, customer: StoredObject | None, name: str | None) -> Method | None:
    """Return the card of a customer's payment method, or None if it is no longer theirs. Two reads.

    A stored card is charged after its date: issuers renew most of them silently.
    """
    stored = stored_method(merchant, name) if name and customer else None
    if stored is None or customer is None or stored.attributes.get("customer") != customer.id:
        return None
    return replace(method_in(stored), given=())


def no_method() -> Refused:
    """Return the refusal to charge a customer without a payment method."""
    return StripeRefused(Code.REQUEST_INVALID, _NONE, stripe_code="resource_missing")


def check_is_theirs(customer: StoredObject, name: str | None, param: str) -> None:
    """Refuse (parameter_invalid) a payment method that is not attached to a customer."""
    if name and name not in customer.attributes.get(ATTACHED, ()):
        raise StripeRefused(Code.PARAMETER_INVALID, _NOT_THEIRS.format(name), param, stripe_code="resource_missing")
