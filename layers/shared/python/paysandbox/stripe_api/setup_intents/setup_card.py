# pyright: standard
"""The payment method that a setup intent saves: the one that a request names or makes, and its customer.

It is written in the transaction of the setup intent: a new one when the request makes it, and attached to the intent's
customer when the intent succeeds. Without a customer, it can be attached afterwards.
"""

from typing import Final

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record, replace
from paysandbox.http.answer import Body
from paysandbox.payments.bank.response import Checks
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.confirmation_token import method_attributes_of
from paysandbox.stripe_api.objects.method import render_method
from paysandbox.stripe_api.objects.stored_method import (
    CUSTOMER,
    PAYMENT_METHOD,
    attached_to,
    is_spent,
    method_attributes,
    method_in,
    shown_method,
)
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    StoredObject,
    changed,
    new_object,
)
from paysandbox.stripe_api.payment_methods.attaching import Attachable, holding
from paysandbox.stripe_api.payment_methods.bank import method_of
from paysandbox.stripe_api.payment_methods.cards import number_of_method
from paysandbox.stripe_api.payment_methods.lookup import stored_method
from paysandbox.stripe_api.payment_methods.refusals import used_before
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.setup_intents.rules import SetupStatus, status_of

OF_ANOTHER_CUSTOMER: Final = (
    "The PaymentMethod {} does not belong to the Customer you supplied {}. Please use this PaymentMethod with the "
    "Customer that it belongs to instead."
)
OF_A_CUSTOMER: Final = (
    "The payment method supplied ({}) belongs to the Customer {}. Please include the Customer in the `customer` "
    "parameter on the SetupIntent."
)
"""Both are Stripe's words, which public programs have recorded from its test mode (version 2026-08-26.dahlia)."""

_OFF_SESSION: Final = "off_session"
_NAMED: Final = "payment_method"


@record
class SetupCard:
    """The payment method that a setup intent is about: as it is stored, or new, as `is_new` says."""

    stored: StoredObject
    is_new: bool = False

    @property
    def id(self) -> str:
        """Its ID (`pm_…`)."""
        return self.stored.id

    @property
    def method(self) -> Method:
        """The card, and which data came with it for the bank to check."""
        return method_in(self.stored)

    def shown(self, checks: Checks | None = None) -> Body:
        """Render it, with the bank's checks if there are some."""
        return render_method(replace(shown_method(self.stored), checks=checks))

    def check_customer(self, customer: str | None) -> None:
        """Refuse (parameter_invalid) a payment method of another customer, and one of a customer without naming it."""
        own = self.stored.attributes.get(CUSTOMER)
        if own is None or own == customer:
            return
        detail = (
            OF_A_CUSTOMER.format(self.id, own) if customer is None else OF_ANOTHER_CUSTOMER.format(self.id, customer)
        )
        raise Refused(Code.PARAMETER_INVALID, detail, _NAMED)

    def with_setup(self, attributes: Attributes, cause: Cause, new_customer: StoredObject | None = None) -> Stored:
        """Return what is stored with a setup intent that an operation leaves with these attributes.

        If it has succeeded, its customer has the payment method. One who is new is stored in any case. Raises Refused:
        resource_not_found (the customer), parameter_invalid if it has the most payment methods already.
        """
        customer_id = attributes.get(CUSTOMER)
        if status_of(attributes) is not SetupStatus.SUCCEEDED or customer_id is None:
            return (*((self.stored,) if self.is_new else ()), *((new_customer,) if new_customer else ()))
        set_up = attributes.get("usage", _OFF_SESSION) == _OFF_SESSION
        if self.stored.attributes.get(CUSTOMER) == customer_id:
            after = attached_to(customer_id, self.stored.attributes, set_up=set_up)
            return () if after == self.stored.attributes else (changed(self.stored, after, cause),)
        if new_customer is not None:
            holder = replace(new_customer, attributes=holding(new_customer, self.id).attributes)
            return Attachable(self.stored, is_stored=not self.is_new).to(customer_id, cause, set_up=set_up), holder
        customer = get_object(objects_table(), CUSTOMER, self.stored.merchant, customer_id)
        if customer is None or customer.deleted:
            raise no_such(CUSTOMER, customer_id, CUSTOMER)
        attachable = Attachable(self.stored, is_stored=not self.is_new)
        return attachable.to(customer_id, cause, set_up=set_up), holding(customer, self.id)


def requested_card(
    call: AnyStripeCall, customer: str | None, cause: Cause, token: StoredObject | None = None
) -> SetupCard | None:
    """Return the payment method that a request names or makes for a customer's setup, or None if it names none.

    A card that is sent, named by one of Stripe's names, or that a confirmation token has, becomes a payment method.
    Raises Refused as `method_of` and `stored_card` do.
    """
    name, data = call.body.payment_method, call.body.payment_method_data
    if name is not None and data is None and number_of_method(name) is None:
        stored = stored_method(call.merchant, name)
        if stored is not None:
            return _usable(stored, customer)
    method = method_of(call, customer=customer, token=token).method
    if method is None:
        return None
    if token is not None and name is None and data is None:
        attributes = method_attributes_of(token)
    else:
        attributes = method_attributes(method, metadata=data.metadata if data else None)
    method_id = f"{ids.METHOD}_{cause.operation_id.partition('_')[2]}"
    return SetupCard(new_object(call.merchant, PAYMENT_METHOD, method_id, attributes, cause), is_new=True)


def stored_card(merchant: str, method_id: str, customer: str | None) -> SetupCard:
    """Return a stored payment method as of now, for a customer's setup.

    Raises Refused(parameter_invalid) for one that has paid, was detached, or belongs to another customer.
    """
    stored = stored_method(merchant, method_id)
    if stored is None:
        raise used_before()
    return _usable(stored, customer)


def _usable(stored: StoredObject, customer: str | None) -> SetupCard:
    if stored.used_by is not None or is_spent(stored):
        raise used_before()
    card = SetupCard(stored)
    card.check_customer(customer)
    return card
