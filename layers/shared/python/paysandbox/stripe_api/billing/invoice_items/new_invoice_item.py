# pyright: standard
"""What is stored with an invoice item: the draft that bills it, or the customer, who has the pending ones."""

from typing import Any, Final

from paysandbox.core.errors import Code, Contended, Refused
from paysandbox.core.record import replace
from paysandbox.stripe_api.billing import invoice as rules
from paysandbox.stripe_api.billing.groups import in_group, subscription_of
from paysandbox.stripe_api.billing.invoice import INVOICE, LINES
from paysandbox.stripe_api.billing.invoice_shown import PRICES
from paysandbox.stripe_api.billing.lines import line_of_item
from paysandbox.stripe_api.billing.new_invoice import (
    MAX_PENDING,
    PENDING_ITEMS,
    prices_of_items,
    with_pending,
)
from paysandbox.stripe_api.billing.prices import snapshot_of
from paysandbox.stripe_api.billing.subscription import unit_of
from paysandbox.stripe_api.discounts.rules import price_amount
from paysandbox.stripe_api.errors import missing, no_such
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    Read,
    StoredObject,
    change_of,
    changed,
    deleted,
    new_object,
    without_defaults,
)
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Draft, Stored, refused
from paysandbox.stripe_api.resource_kit.operations import TRIES, Request
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.price_data import check_amount

MAX_LINES: Final = 90
"""Of an invoice: it is stored with its items when it is deleted."""

_RECURS: Final = (
    "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`."
)
"""Stripe's words (stripe-php#1107)."""
_PRICED_BY: Final = ("amount", "price", "pricing", "price_data", "unit_amount", "unit_amount_decimal")


def item_and_others(draft: Draft) -> Stored:
    """Return an invoice item that is created or updated by a request, with what is stored with it."""
    before = draft.before
    if before is None:
        return _created(draft)
    item, prices = _priced(draft, dict(draft.stored.attributes))
    name = before.attributes.get("invoice")
    if name is None:
        return item, *prices
    invoice = open_draft(draft.read, name)
    return item, *_billed(invoice, item, draft.read, draft.cause), *prices


def without_item(item: StoredObject, read: Read, cause: Cause) -> Stored:
    """Return what is stored with an invoice item that is deleted: its draft, or its customer, without it."""
    name = item.attributes.get("invoice")
    if name is not None:
        invoice = open_draft(read, name)
        lines = [line for line in invoice.attributes.get(LINES, ()) if line.get("invoice_item") != item.id]
        attributes = without_defaults({**invoice.attributes, LINES: lines or None})
        return in_group(changed(invoice, attributes, cause), subscription_of(invoice, read), cause)
    customer = read("customer", item.attributes["customer"])
    if customer is None or customer.deleted:
        return ()
    return (with_pending(customer, [each for each in customer.attributes.get(PENDING_ITEMS, ()) if each != item.id]),)


def open_draft(read: Read, name: str) -> StoredObject:
    """Read an invoice that is a draft. Raises Refused: resource_not_found, request_invalid if it is finalized."""
    invoice = read(INVOICE, name)
    if invoice is None or invoice.deleted:
        raise no_such(INVOICE, name, INVOICE)
    if rules.status_of(invoice.attributes) != rules.DRAFT:
        raise Refused(Code.REQUEST_INVALID, "This invoice is no longer editable", INVOICE)
    return invoice


def _created(draft: Draft) -> Stored:
    body = draft.body
    invoice = open_draft(draft.read, body.invoice) if body.invoice else None
    customer = _customer(draft, invoice)
    at = int(draft.cause.at.timestamp())
    attributes = {**draft.stored.attributes, "customer": customer.id, "subscription": body.subscription}
    attributes.setdefault("period", {"start": at, "end": at})
    if invoice is not None:
        attributes.setdefault("currency", invoice.attributes["currency"])
    item, prices = _priced(draft, attributes)
    item = _described(draft, item)
    if invoice is not None:
        return item, *_billed(invoice, item, draft.read, draft.cause), *prices
    pending: list[str] = customer.attributes.get(PENDING_ITEMS, [])
    if len(pending) >= MAX_PENDING:
        raise refused(f"A customer can have at most {MAX_PENDING} pending invoice items.", "customer")
    return item, with_pending(customer, [*pending, item.id]), *prices


def _customer(draft: Draft, invoice: StoredObject | None) -> StoredObject:
    """Return the customer of a new item: that of its invoice, or as named. Refuses an invoice or a subscription that is
    another one's."""
    body = draft.body
    name: str | None = body.customer or (invoice.attributes[rules.CUSTOMER] if invoice else None)
    if name is None:
        raise missing("customer")
    customer = draft.read("customer", name)
    if customer is None or customer.deleted:
        raise no_such("customer", name, "customer")
    if invoice is not None and invoice.attributes[rules.CUSTOMER] != name:
        raise refused("The invoice is another customer's.", INVOICE)
    if body.subscription is not None:
        subscription = draft.read("subscription", body.subscription)
        if subscription is None or subscription.attributes["customer"] != name:
            raise no_such("subscription", body.subscription, "subscription")
    return customer


def _described(draft: Draft, item: StoredObject) -> StoredObject:
    """Return an item with its description: as sent, or the name of what it sells."""
    price: Attributes | None = item.attributes.get("price")
    if "description" in item.attributes or price is None:
        return item
    product = draft.read("product", price["attributes"]["product"])
    return replace(item, attributes={**item.attributes, "description": product.attributes["name"]}) if product else item


def _billed(invoice: StoredObject, item: StoredObject, read: Read, cause: Cause) -> Stored:
    """Return a draft that bills an item, in place of what it billed for it before, with its subscription."""
    currency = invoice.attributes["currency"]
    if item.attributes["currency"] != currency:
        raise refused(f"The currency of the invoice is {currency}.", "currency")
    lines: list[Any] = [*invoice.attributes.get(LINES, ())]
    line = line_of_item(item, invoice.id)
    places = [place for place, each in enumerate(lines) if each["id"] == line["id"]]
    if places:
        lines[places[0]] = line
    elif len(lines) >= MAX_LINES:
        raise refused(f"An invoice can have at most {MAX_LINES} lines here.", INVOICE)
    else:
        lines.append(line)
    prices = {**invoice.attributes.get(PRICES, {}), **prices_of_items([item])}
    attributes = without_defaults({**invoice.attributes, LINES: lines, PRICES: prices or None})
    return in_group(changed(invoice, attributes, cause), subscription_of(invoice, read), cause)


def _priced(draft: Draft, attributes: dict[str, Any]) -> tuple[StoredObject, Stored]:
    """Return an item with what it costs, an amount or a quantity of a price, and the price if it is a new one.

    Refuses what is not one of both.
    """
    body, price = draft.body, _price(draft, attributes)
    sent = [name for name in _PRICED_BY if getattr(body, name, None) is not None]
    if len(sent) > 1:
        raise refused(f"You may only specify one of these parameters: {', '.join(sent)}.", sent[-1])
    quantity = attributes.get("quantity", 1)
    if price is not None:
        currency = price.attributes["currency"]
        attributes |= {"price": snapshot_of(price), "currency": currency, "unit": unit_of(price.attributes)}
    elif sent:
        attributes.pop("price", None)
        attributes["unit"] = str(next(getattr(body, name) for name in sent))
        if sent == ["amount"] and "quantity" in body.model_fields_set:
            raise refused("You may only specify one of these parameters: amount, quantity.", "quantity")
    elif draft.before is None:
        raise missing("amount")
    if "currency" not in attributes:
        raise missing("currency")
    attributes["amount"] = price_amount(attributes["unit"], quantity)
    item = replace(draft.stored, attributes=without_defaults(attributes))
    return item, (price,) if price is not None and body.price_data is not None else ()


def _price(draft: Draft, attributes: Attributes) -> StoredObject | None:
    """Return the price that a request names, or has the data of: a new one."""
    body = draft.body
    name = body.price or (body.pricing.price if body.pricing else None)
    if name:
        param = "price" if body.price else "pricing[price]"
        price = draft.read("price", name)
        if price is None:
            raise no_such("price", name, param)
        if price.attributes.get("recurring"):
            raise refused(_RECURS, param)
        if attributes.get("currency") not in (None, price.attributes["currency"]):
            raise refused(f"The price's currency is {price.attributes['currency']}.", "currency")
        return price
    if body.price_data is None:
        return None
    return new_price(draft, body.price_data, draft.id_of("price"), "price_data")


def new_price(draft: Draft, data: Any, name: str, within: str) -> StoredObject:
    """Return the price of an item with data of its own, under a name. It can be retrieved, and is not listed.

    Raises Refused: resource_not_found for its product, parameter_invalid for its amount.
    """
    check_amount(data, f"{within}.")
    product = draft.read("product", data.product)
    if product is None or product.deleted:
        raise no_such("product", data.product, f"{within}[product]")
    attributes = {**data.model_dump(exclude_none=True), "active": False}
    return replace(new_object(draft.stored.merchant, "price", name, attributes, draft.cause), listed=False)


def delete(request: Request) -> StripeAnswer:
    """Delete an invoice item, and its line of a draft. A read, one of what has it, and one transaction."""
    current, call = request.named(), request.call
    for _ in range(TRIES):
        if current.deleted:
            raise request.unknown(current.id)
        cause = request.cause(call.request_id, call.now)
        tombstone = deleted(current, current.attributes, cause)
        stored = request.put((tombstone, *without_item(current, request.read, cause)))
        current = stored or request.named()
        if change_of(current, call.request_id):
            return StripeAnswer(body=render(request.resource, current, call.stripe_version), outcome="deleted")
    raise Contended
