"""What the payer of a Checkout session chooses on its page: quantities, and how to ship. Pure."""

from collections.abc import Mapping
from typing import Any

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.checkout.line_item import ITEMS, SHIPPING_OPTIONS, SHIPPING_RATE, items_of
from paysandbox.stripe_api.objects.stored_object import Attributes


def chosen(attributes: Attributes, quantities: Mapping[str, str], shipping_rate: str | None) -> Attributes:
    """Return a session with these quantities, by item, and this way of shipping; None leaves that as it is.

    Raises Refused(parameter_invalid) for an item whose quantity the payer cannot choose, or not this one, and for a
    way of shipping that is no option.
    """
    changes: dict[str, Any] = {}
    if quantities:
        changes[ITEMS] = [_with_quantity(item, quantities.get(item["id"])) for item in items_of(attributes)]
        unknown = quantities.keys() - {item["id"] for item in items_of(attributes)}
        if unknown:
            raise _invalid(min(unknown))
    if shipping_rate:
        if shipping_rate not in {option["shipping_rate"] for option in attributes.get(SHIPPING_OPTIONS, ())}:
            raise Refused(Code.PARAMETER_INVALID, "This is no shipping option of the session.", "shippingRate")
        changes[SHIPPING_RATE] = shipping_rate
    return {**attributes, **changes}


def _with_quantity(item: Mapping[str, Any], sent: str | None) -> Mapping[str, Any]:
    if not sent or int(sent) == item["quantity"]:
        return item
    allowed: Mapping[str, Any] = item.get("adjustable_quantity") or {}
    least, most = max(allowed.get("minimum", 1), 1), allowed.get("maximum", 0)
    if not allowed.get("enabled") or not least <= int(sent) <= most:
        raise _invalid(item["id"])
    return {**item, "quantity": int(sent)}


def _invalid(item: str) -> Refused:
    return Refused(Code.PARAMETER_INVALID, "This quantity cannot be chosen.", f"quantity[{item}]")
