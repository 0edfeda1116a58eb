# pyright: standard
"""Attach payment methods to customers, and detach them.

A customer's object has the IDs of its payment methods, so both change in one transaction: each on the condition that it
is as it was read. Whoever changes one of them meanwhile makes the other read again.
"""

from collections.abc import Callable
from typing import Any, Final

from paysandbox.core.errors import Code, Contended, Refused
from paysandbox.core.record import record, replace
from paysandbox.stripe_api.ephemeral.access import of_another_customer
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.stored_method import (
    ATTACHED,
    ATTACHED_MAX,
    CUSTOMER,
    DEFAULT_METHOD,
    DEFAULT_SOURCE,
    INVOICE_SETTINGS,
    PAYMENT_METHOD,
    attached_to,
    detached,
    is_source,
    sources_of,
)
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    StoredObject,
    as_created,
    as_of,
    change_of,
    changed,
    touched,
    without_defaults,
)
from paysandbox.stripe_api.resource_kit.objects_table import ObjectsTable, get_object, put_objects

NOT_ATTACHED: Final = "The payment method you provided is not attached to a customer so detachment is impossible."
"""Stripe's words (stripe-ruby-mock#751)."""

TOO_MANY: Final = "Customer {} already has the maximum number of payment methods attached."
"""Stripe's words (solidus_stripe#325)."""

_NAMED: Final = "payment_method"
SOURCE_NOUN: Final = "source"
"""The word of Stripe's errors for a customer's card in its older form."""

_TRIES: Final = 10
"""Of a transaction that meets others of the same customer."""


@record
class Attachable:
    """A payment method that may be attached: as it is stored, or a new one. `param` is the parameter that names it.

    `token` is the one that it is made of, as used by the operation. It is stored with it.
    """

    method: StoredObject
    is_stored: bool
    param: str = _NAMED
    token: StoredObject | None = None

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
    param: str = CUSTOMER,
) -> StoredObject:
    """Attach a payment method to a customer, and return it as it was then.

    `find` reads it, and returns a stored object if this operation has attached it before. `set_up`: its cardholder was
    authenticated for later payments. Raises Refused: resource_not_found (of `param`: the customer), parameter_invalid
    (too many), and as `find` does.
    """
    for _ in range(_TRIES):
        found = find()
        if isinstance(found, StoredObject):
            return found
        customer = get_object(table, CUSTOMER, found.method.merchant, customer_id)
        if customer is None or customer.deleted:
            raise no_such(CUSTOMER, customer_id, param)
        stored = found.to(customer_id, cause, set_up=set_up)
        written = (stored, _with(customer, found, cause), *([found.token] if found.token else ()))
        if put_objects(table, written) == stored:
            return stored
    raise Contended


def as_attached_by(cause: Cause, current: StoredObject) -> StoredObject | None:
    """Return a payment method as this operation has attached it, or None if it has not."""
    if current.created_by.operation_id == cause.operation_id:
        created = as_created(current)
        return created if created.attributes.get(CUSTOMER) else None
    done = change_of(current, cause.operation_id)
    return as_of(current, done) if done else None


def holding(customer: StoredObject, method_id: str, *, param: str = _NAMED) -> StoredObject:
    """Return a customer with one more payment method.

    Raises Refused(parameter_invalid) of `param` if it has the most already.
    """
    ids: list[str] = customer.attributes.get(ATTACHED, [])
    if len(ids) >= ATTACHED_MAX:
        raise Refused(Code.PARAMETER_INVALID, TOO_MANY.format(customer.id), param)
    return touched(replace(customer, attributes={**customer.attributes, ATTACHED: [method_id, *ids]}))


def _with(customer: StoredObject, new: Attachable, cause: Cause) -> StoredObject:
    """Return a customer with a payment method that is attached to it. Its first source is its default."""
    name = new.method.id
    held = holding(customer, name, param=new.param)
    if not is_source(name) or customer.attributes.get(DEFAULT_SOURCE):
        return held
    return changed(customer, {**held.attributes, DEFAULT_SOURCE: name}, cause)


def detach(
    table: ObjectsTable,
    merchant: str,
    method_id: str,
    cause: Cause,
    *,
    source_of: str | None = None,
    only_of: str | None = None,
) -> StoredObject:
    """Detach a payment method, and return it as it was then. Idempotent by the cause's operation.

    If it is its customer's default for invoices, the customer has none afterwards; its default source is then the
    latest that is left. A key that opens one customer detaches what is `only_of` that one. Raises Refused: forbidden if
    it is not; resource_not_found, also if it is no source of the customer `source_of`, or no longer; parameter_invalid
    if it is not attached, or its customer was deleted.
    """
    unknown = no_such(SOURCE_NOUN if source_of else "PaymentMethod", method_id, "id")
    for _ in range(_TRIES):
        current = get_object(table, PAYMENT_METHOD, merchant, method_id)
        if current is None or (source_of and not is_source(method_id)):
            raise unknown
        done = change_of(current, cause.operation_id)
        if only_of not in (None, (done.before if done else current.attributes).get(CUSTOMER)):
            raise of_another_customer()
        if done:
            return as_of(current, done)
        name = current.attributes.get(CUSTOMER)
        customer = get_object(table, CUSTOMER, merchant, name) if name else None
        if customer is None or customer.deleted:
            raise unknown if source_of else Refused(Code.PARAMETER_INVALID, NOT_ATTACHED)
        if source_of not in (None, customer.id):
            raise unknown
        stored = changed(current, detached(current.attributes), cause)
        if put_objects(table, (stored, _without(customer, method_id, cause))) == stored:
            return stored
    raise Contended


def _without(customer: StoredObject, method_id: str, cause: Cause) -> StoredObject:
    left = left_without(customer.attributes, method_id)
    if all(left.get(name) == customer.attributes.get(name) for name in (INVOICE_SETTINGS, DEFAULT_SOURCE)):
        return touched(replace(customer, attributes=left))
    return changed(customer, left, cause)


def left_without(attributes: Attributes, method_id: str) -> Attributes:
    """Return a customer's attributes without a payment method, which is no default any more.

    The default source is then the latest that is left.
    """
    ids: list[str] = attributes.get(ATTACHED, [])
    left: Attributes = {**attributes, ATTACHED: [name for name in ids if name != method_id]}
    settings: dict[str, Any] = left.get(INVOICE_SETTINGS, {})
    if settings.get(DEFAULT_METHOD) == method_id:
        left = {**left, INVOICE_SETTINGS: {name: settings[name] for name in settings if name != DEFAULT_METHOD}}
    if left.get(DEFAULT_SOURCE) == method_id:
        left = without_defaults({**left, DEFAULT_SOURCE: next(iter(sources_of(left)), None)})
    return left
