"""Tax IDs of customers: created with one or afterwards, retrieved and deleted.

A customer's object has their IDs, so both change in one transaction, each on the condition that it is as it was read.
"""

from typing import Final

from paysandbox.core import ids
from paysandbox.core.errors import Code, Contended, Refused
from paysandbox.core.record import replace
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.stored_object import (
    Cause,
    StoredObject,
    change_of,
    deleted,
    new_object,
    touched,
)
from paysandbox.stripe_api.objects.tax_id import TAX_IDS, TAX_IDS_MAX, tax_ids_of
from paysandbox.stripe_api.payment_methods.customers import with_payment_method
from paysandbox.stripe_api.requests import TaxIdData
from paysandbox.stripe_api.resource_kit.declaration import Draft, Stored
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resources.customers import CUSTOMER
from paysandbox.stripe_api.resources.tax_ids import TAX_ID

_TOO_MANY: Final = "Customer {} already has the maximum number of tax IDs ({})."
_TRIES: Final = 10
"""Of a transaction that meets others of the same customer."""


def with_all_it_names(customer: Draft) -> Stored:
    """Return a customer with its payment methods as `with_payment_method` does, and a new one with its tax IDs."""
    owner, *others = with_payment_method(customer)
    if customer.before is not None or not customer.body.tax_id_data:
        return owner, *others
    sent: list[TaxIdData] = customer.body.tax_id_data
    names = [f"{TAX_ID.prefix}_{ids.derive(customer.cause.operation_id, str(place))}" for place in range(len(sent))]
    made = [_new(owner, name, data, customer.cause) for name, data in zip(names, sent, strict=True)]
    owner = replace(owner, attributes={**owner.attributes, TAX_IDS: names[::-1]})
    return owner, *others, *made


def created_tax_id(request: Request, customer_id: str, name: str, cause: Cause) -> Stored:
    """Return a new tax ID as the request describes it, and its customer with it.

    Raises Refused: resource_not_found (the customer), parameter_invalid (it has the most already).
    """
    customer = customer_of(request, customer_id)
    others = tax_ids_of(customer.attributes)
    if len(others) >= TAX_IDS_MAX:
        raise Refused(Code.REQUEST_INVALID, _TOO_MANY.format(customer_id, TAX_IDS_MAX))
    return _new(customer, name, request.call.body, cause), _having(customer, [name, *others])


def tax_id_and_customer(request: Request, customer_id: str) -> tuple[StoredObject, StoredObject]:
    """Return the tax ID that the path names, or its tombstone, and its customer, with a read of both.

    Raises Refused(resource_not_found) if it is not this customer's, or the customer was deleted.
    """
    customer, tax_id = customer_of(request, customer_id), request.named()
    if tax_id.attributes["customer"] != customer_id:
        raise request.unknown(tax_id.id)
    return tax_id, customer


def delete_tax_id(request: Request, customer_id: str) -> StoredObject:
    """Delete the tax ID that the path names, and return its tombstone.

    Raises Refused as `tax_id_and_customer` does, and if it is deleted already.
    """
    call = request.call
    for _ in range(_TRIES):
        tax_id, customer = tax_id_and_customer(request, customer_id)
        if change_of(tax_id, call.request_id):
            return tax_id
        if tax_id.deleted:
            raise request.unknown(tax_id.id)
        tombstone = deleted(tax_id, tax_id.attributes, request.cause(call.request_id, call.now))
        left = [name for name in tax_ids_of(customer.attributes) if name != tax_id.id]
        if request.put((tombstone, _having(customer, left))) == tombstone:
            return tombstone
    raise Contended


def customer_of(request: Request, customer_id: str) -> StoredObject:
    """Return the customer that the path names, with a read. Raises Refused(resource_not_found)."""
    customer = request.read(CUSTOMER.object, customer_id)
    if customer is None or customer.deleted:
        raise no_such(CUSTOMER.noun, customer_id, "id")
    return customer


def _having(customer: StoredObject, tax_ids: list[str]) -> StoredObject:
    return touched(replace(customer, attributes={**customer.attributes, TAX_IDS: tax_ids}))


def _new(customer: StoredObject, name: str, data: TaxIdData, cause: Cause) -> StoredObject:
    attributes = {"customer": customer.id, "type": data.type, "value": data.value}
    return new_object(customer.merchant, TAX_ID.object, name, attributes, cause)
