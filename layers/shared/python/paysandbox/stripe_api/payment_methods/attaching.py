# pyright: standard
"""Attach payment methods to customers, and detach them.

A customer's object has the IDs of its payment methods, so both change in one transaction: each on the condition that it
is as it was read. Whoever changes one of them meanwhile makes the other read again.
"""

from collections.abc import Callable
from typing import Any, Final

from paysandbox.core.errors import Code, Contended, Refused
from paysandbox.core.record import record, replace
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.stored_method import (
    ATTACHED,
    ATTACHED_MAX,
    CUSTOMER,
    DEFAULT_METHOD,
    INVOICE_SETTINGS,
    PAYMENT_METHOD,
    attached_to,
    detached,
)
from paysandbox.stripe_api.resource_kit.objects_table import ObjectsTable, get_object, put_objects
from paysandbox.stripe_api.resource_kit.stored_object import (
    Attributes,
    Cause,
    StoredObject,
    as_created,
    as_of,
    change_of,
    changed,
    touched,
)

NOT_ATTACHED: Final = "The payment method you provided is not attached to a customer so detachment is impossible."
"""Stripe's words (stripe-ruby-mock#751)."""

TOO_MANY: Final = "Customer {} already has the maximum number of payment methods attached."
"""Stripe's words (solidus_stripe#325)."""

_NAMED: Final = "payment_method"
_TRIES: Final = 10
"""Of a transaction that meets others of the same customer."""


@record
class Attachable:
    """A payment method that may be attached: as it is stored, or a new one."""

    method: StoredObject
    is_stored: bool

    def to(self, customer_id: str, cause: Cause, *, set_up: bool = False) -> StoredObject:
        """Return it attached to a customer: it is kept from then on. `set_up` as in `attached_to`."""
        attributes = attached_to(customer_id, self.method.attributes, set_up=set_up)
        after = (
            changed(self.method, attributes, cause) if self.is_stored else replace(self.method, attributes=attributes)
        )
        return replace(after, purge_at=None)


def attach(
    table: ObjectsTable,
    find: Callable[[], Attachable | StoredObject],
    customer_id: str,
    cause: Cause,
    *,
    set_up: bool = False,
) -> StoredObject:
    """Attach a payment method to a customer, and return it as it was then.

    `find` reads it, and returns a stored object if this operation has attached it before. `set_up`: its cardholder was
    authenticated for later payments. Raises Refused: resource_not_found (customer), parameter_invalid (too many), and
    as `find` does.
    """
    for _ in range(_TRIES):
        found = find()
        if isinstance(found, StoredObject):
            return found
        customer = get_object(table, CUSTOMER, found.method.merchant, customer_id)
        if customer is None or customer.deleted:
            raise no_such(CUSTOMER, customer_id, CUSTOMER)
        stored = found.to(customer_id, cause, set_up=set_up)
        if put_objects(table, (stored, holding(customer, stored.id)), cause.operation_id) == stored:
            return stored
    raise Contended


def as_attached_by(cause: Cause, current: StoredObject) -> StoredObject | None:
    """Return a payment method as this operation has attached it, or None if it has not."""
    if current.created_by.operation_id == cause.operation_id:
        created = as_created(current)
        return created if created.attributes.get(CUSTOMER) else None
    done = change_of(current, cause.operation_id)
    return as_of(current, done) if done else None


def holding(customer: StoredObject, method_id: str) -> StoredObject:
    """Return a customer with one more payment method. Raises Refused(parameter_invalid) if it has the most already."""
    ids: list[str] = customer.attributes.get(ATTACHED, [])
    if len(ids) >= ATTACHED_MAX:
        raise Refused(Code.PARAMETER_INVALID, TOO_MANY.format(customer.id), _NAMED)
    return touched(replace(customer, attributes={**customer.attributes, ATTACHED: [method_id, *ids]}))


def detach(table: ObjectsTable, merchant: str, method_id: str, cause: Cause) -> StoredObject:
    """Detach a payment method, and return it as it was then. Idempotent by the cause's operation.

    If it is its customer's default, the customer has none afterwards. Raises Refused: resource_not_found,
    parameter_invalid if it is not attached, or its customer was deleted.
    """
    for _ in range(_TRIES):
        current = get_object(table, PAYMENT_METHOD, merchant, method_id)
        if current is None:
            raise no_such("PaymentMethod", method_id, "id")
        if done := change_of(current, cause.operation_id):
            return as_of(current, done)
        name = current.attributes.get(CUSTOMER)
        customer = get_object(table, CUSTOMER, merchant, name) if name else None
        if customer is None or customer.deleted:
            raise Refused(Code.PARAMETER_INVALID, NOT_ATTACHED)
        stored = changed(current, detached(current.attributes), cause)
        if put_objects(table, (stored, _without(customer, method_id, cause)), cause.operation_id) == stored:
            return stored
    raise Contended


def _without(customer: StoredObject, method_id: str, cause: Cause) -> StoredObject:
    ids: list[str] = customer.attributes.get(ATTACHED, [])
    attributes: Attributes = {**customer.attributes, ATTACHED: [name for name in ids if name != method_id]}
    settings: dict[str, Any] = attributes.get(INVOICE_SETTINGS, {})
    if settings.get(DEFAULT_METHOD) != method_id:
        return touched(replace(customer, attributes=attributes))
    left = {name: value for name, value in settings.items() if name != DEFAULT_METHOD}
    return changed(customer, {**attributes, INVOICE_SETTINGS: left}, cause)
