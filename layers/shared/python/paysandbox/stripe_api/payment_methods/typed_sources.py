"""Cards that are sent by their number as a source, the oldest form, or for a token, or saved for a customer.

The number is used and dropped. The name and the address are stored, as an update of a source stores them.
"""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.payments.terms import Method
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.objects.stored_method import PAYMENT_METHOD, method_attributes
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, new_object
from paysandbox.stripe_api.objects.token import ADDRESS, card_id_of
from paysandbox.stripe_api.payment_methods.attaching import Attachable, as_attached_by
from paysandbox.stripe_api.payment_methods.bank import typed_method
from paysandbox.stripe_api.payment_methods.verification import check_accepted
from paysandbox.stripe_api.requests import Address, BillingDetails, CardTyped, TokenCard
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table

_PARAM: Final = "source"


def typed_source(call: AnyStripeCall, sent: TokenCard, within: str = _PARAM) -> Method:
    """Return the card of a source or a token that was sent by its number, with its name and its address.

    Raises Refused as `typed_method` does.
    """
    address = {entry: value for field, entry in ADDRESS.items() if (value := getattr(sent, field))}
    details: dict[str, Any] = {"name": sent.name} if sent.name else {}
    if address:
        details["address"] = Address.model_construct(**address)
    typed = CardTyped.model_construct(
        number=sent.number, exp_month=sent.exp_month, exp_year=sent.exp_year, cvc=sent.cvc, token=None
    )
    return typed_method(call, typed, BillingDetails.model_construct(**details), within=within)


def saved_by_number(
    merchant: str, method: Method, cause: Cause, *, metadata: Mapping[str, str] | None = None
) -> Attachable | StoredObject:
    """Return such a card, to be attached to a customer, or as the request has attached it before.

    Raises Refused as `check_accepted` does.
    """
    name = card_id_of(cause.operation_id)
    stored = get_object(objects_table(), PAYMENT_METHOD, merchant, name)
    if stored is not None:
        return as_attached_by(cause, stored) or stored
    check_accepted(method, merchant)
    attributes = method_attributes(method, metadata=metadata)
    new = new_object(merchant, PAYMENT_METHOD, name, attributes, cause)
    return Attachable(new, is_stored=False, param=_PARAM)
