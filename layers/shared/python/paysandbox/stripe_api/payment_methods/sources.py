# pyright: standard
"""A customer's sources: cards that are saved by a token, or by a source that was created before.

Each is a payment method too, whose ID begins with `card_` or `src_`.

Source: Customers.d.ts, Cards.d.ts, Sources.d.ts and Tokens.d.ts of stripe-node 23.1.0.
"""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.http.reading import parameter_name
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import SOURCE_OBJECT
from paysandbox.stripe_api.objects.stored_method import (
    CUSTOMER,
    PAYMENT_METHOD,
    is_source,
    is_source_object,
    is_spent,
    method_attributes,
    method_in,
)
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject, changed, new_object, touched
from paysandbox.stripe_api.objects.token import ADDRESS, CARD_TOKEN, TOKEN, card_id_of
from paysandbox.stripe_api.payment_methods.attaching import SOURCE_NOUN, Attachable, as_attached_by
from paysandbox.stripe_api.payment_methods.bank import published_method
from paysandbox.stripe_api.payment_methods.cards import number_of_token
from paysandbox.stripe_api.payment_methods.lookup import stored_method
from paysandbox.stripe_api.payment_methods.tokens import used_already
from paysandbox.stripe_api.payment_methods.verification import check_accepted
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.requests import (
    Address,
    BillingDetails,
    CardUpdated,
    UpdateCustomerSource,
    UpdatePaymentMethod,
)
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resource_kit.parameters import attributes_after
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.sources import SOURCE_OBJECTS, SOURCES

_REFUSED_SOURCE: Final = (
    "A card is saved by its token (tok_…) or its source (src_…). A bank account cannot be a source, a card (card_…) is "
    "one customer's, and a payment method (pm_…) is attached. Received: {}."
)

_NOT_CHARGEABLE: Final = "The source you provided cannot be attached to the customer. It must be chargeable or pending."
"""Stripe's words, which a public program has recorded."""

_PARAM: Final = "source"


def saved_by_token(
    merchant: str, token: str, cause: Cause, *, metadata: Mapping[str, str] | None = None
) -> Attachable | StoredObject:
    """Return the card of a token or a source, to be attached to a customer, or as the request has attached it before.

    A token is used in the transaction that attaches it. Raises Refused: resource_not_found, parameter_invalid (used
    by another request, or no token), and as `check_accepted` does.
    """
    if ids.has_form(SOURCE_OBJECT, token):
        return _of_source(merchant, token, cause, metadata)
    number = number_of_token(token)
    if number is None and not ids.has_form(CARD_TOKEN, token):
        if token.startswith(f"{CARD_TOKEN}_"):
            raise no_such(TOKEN, token, _PARAM)
        raise Refused(Code.PARAMETER_INVALID, _REFUSED_SOURCE.format(parameter_name(token)), _PARAM)
    # A published name is another card each time, as if a token had just been created.
    name = card_id_of(token if number is None else cause.operation_id)
    stored = get_object(objects_table(), PAYMENT_METHOD, merchant, name)
    if stored is not None:
        done = as_attached_by(cause, stored)
        if done is None:
            raise used_already(token, _PARAM)
        return done
    if number is not None:
        method = published_method(number, merchant, cause.at)
        check_accepted(method, merchant)
        return Attachable(_card(merchant, name, method, metadata, cause), is_stored=False, param=_PARAM)
    made = get_object(objects_table(), TOKEN, merchant, token)
    if made is None:
        raise no_such(TOKEN, token, _PARAM)
    if made.used_by is not None:
        raise used_already(token, _PARAM)
    check_accepted(method_in(made), merchant)
    card = _card(merchant, name, method_in(made), metadata, cause)
    used = touched(replace(made, used_by=cause.operation_id))
    return Attachable(card, is_stored=False, param=_PARAM, token=used)


def _of_source(merchant: str, name: str, cause: Cause, metadata: Mapping[str, str] | None) -> Attachable | StoredObject:
    """Return a source that was created before. One that was charged, or has a customer, can have none."""
    stored = get_object(objects_table(), PAYMENT_METHOD, merchant, name)
    if stored is None:
        raise no_such(SOURCE_NOUN, name, _PARAM)
    if done := as_attached_by(cause, stored):
        return done
    if is_spent(stored) or stored.used_by is not None or stored.attributes.get(CUSTOMER):
        raise Refused(Code.PARAMETER_INVALID, _NOT_CHARGEABLE, _PARAM)
    check_accepted(method_in(stored), merchant)
    if metadata:
        merged = {**stored.attributes.get("metadata", {}), **metadata}
        stored = replace(stored, attributes={**stored.attributes, "metadata": merged})
    return Attachable(stored, is_stored=True, param=_PARAM)


def source_of_customer(merchant: str, customer: str, name: str) -> StoredObject:
    """Return a source of a customer, with a read of both. Raises Refused(resource_not_found)."""
    stored = stored_method(merchant, name) if is_source(name) else None
    if stored is None or stored.attributes.get(CUSTOMER) != customer:
        raise no_such(SOURCE_NOUN, name, "id")
    return stored


def source_object(merchant: str, name: str) -> StoredObject:
    """Return a source that was created by itself, with a read of its customer if it has one.

    Raises Refused(resource_not_found).
    """
    stored = stored_method(merchant, name) if is_source_object(name) else None
    if stored is None:
        raise no_such(SOURCE_NOUN, name, SOURCE_NOUN, in_path=True)
    return stored


def updated_source(request: Request, customer: str, current: StoredObject, cause: Cause) -> Stored:
    """Return a customer's source as the request changes it: the fields of a card in those of a payment method.

    Raises Refused: resource_not_found if it is not this customer's, parameter_invalid as for a payment method.
    """
    if not is_source(current.id) or current.attributes.get(CUSTOMER) != customer:
        raise request.unknown(current.id)
    body = _as_of_method(request.call.body, current.attributes.get("billing_details", {}))
    attributes = attributes_after(request.resource, current.attributes, body)
    draft = request.draft(changed(current, attributes, cause), current, cause)
    try:
        return request.resource.rules.together(replace(draft, body=body))
    except Refused as refused:
        raise Refused(refused.code, refused.detail, (refused.param or "").removeprefix("card.") or None) from None


def _as_of_method(body: UpdateCustomerSource, details: Mapping[str, Any]) -> UpdatePaymentMethod:
    """Return the parameters of a payment method that change the same, given its billing details before."""
    sent = body.model_dump(exclude_unset=True, exclude={"expand"})
    changed_details: dict[str, Any] = {"name": sent["name"]} if "name" in sent else {}
    if any(field in sent for field in ADDRESS):
        address = {entry: sent[field] or None for field, entry in ADDRESS.items() if field in sent}
        changed_details["address"] = Address.model_construct(**{**(details.get("address") or {}), **address})
    card = {name: sent[name] for name in ("exp_month", "exp_year") if name in sent}
    parameters: dict[str, Any] = {"metadata": sent["metadata"]} if "metadata" in sent else {}
    if card:
        parameters["card"] = CardUpdated.model_construct(**card)
    if changed_details:
        parameters["billing_details"] = BillingDetails.model_construct(**changed_details)
    return UpdatePaymentMethod.model_construct(**parameters)


def source_answer(call: AnyStripeCall, stored: StoredObject, *, outcome: str, replayed: bool = False) -> StripeAnswer:
    """Return the answer with a source."""
    return StripeAnswer(
        body=render(SOURCE_OBJECTS if is_source_object(stored.id) else SOURCES, stored, call.stripe_version),
        replayed=replayed,
        first_request=stored.changed_by.request_id,
        transaction_id=stored.id,
        outcome=outcome,
    )


def _card(merchant: str, name: str, method: Method, metadata: Mapping[str, str] | None, cause: Cause) -> StoredObject:
    return new_object(merchant, PAYMENT_METHOD, name, method_attributes(method, metadata=metadata), cause)
