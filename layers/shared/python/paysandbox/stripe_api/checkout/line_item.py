# pyright: standard
"""The line items of a Checkout session, as they are stored in it and as they are shown."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from paysandbox.http.answer import Body
from paysandbox.stripe_api.checkout.rules import has_trial
from paysandbox.stripe_api.checkout.totals import Item, Totals, purchase_of, totals_of
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.products.price_resource import PRICE

ITEMS: Final = "items"
"""Beside the fields of a session: its items, each with its own ID, its price's, and what one of it costs."""

SNAPSHOT: Final = "snapshot"
"""Of an item of a session that sells a subscription: its price as of then, as a subscription stores it."""

DISCOUNT: Final = "discount"
"""Beside its fields: the one discount that is applied: the coupon, the promotion code that led to it, and the coupon's
terms as of then."""

REDEEMED: Final = "redeemed"
"""Beside its fields: the coupon, and the promotion code that led to it, that count this session as one of theirs."""

SHIPPING_RATE: Final = "shipping_rate"
"""Beside its fields: the option that is chosen."""

SHIPPING_OPTIONS: Final = "shipping_options"

LINE_ITEMS: Final = "line_items"
SHOWN: Final = 10
"""In the list within a session: as many as in a page."""


def items_of(attributes: Attributes) -> Sequence[Mapping[str, Any]]:
    """Return the items of a session as they are stored."""
    return attributes.get(ITEMS, ())


def shipping_amount(attributes: Attributes) -> int | None:
    """Return what the chosen shipping costs, or None if a session has no shipping options."""
    chosen = attributes.get(SHIPPING_RATE)
    options = attributes.get(SHIPPING_OPTIONS, ())
    return next((each["shipping_amount"] for each in options if each["shipping_rate"] == chosen), None)


def session_totals(attributes: Attributes) -> Totals:
    """Return what is due for a session now."""
    purchase = purchase_of(_due_now(attributes), attributes.get("currency", ""))
    discount = attributes.get(DISCOUNT)
    return totals_of(purchase, discount["terms"] if discount else None, shipping_amount(attributes))


def recurs(item: Item) -> bool:
    """Whether an item is billed for every period of a subscription."""
    return SNAPSHOT in item and bool(item[SNAPSHOT]["attributes"].get("recurring"))


def _due_now(attributes: Attributes) -> Sequence[Item]:
    """Return the items of a session with what one of each costs now: nothing, if a trial comes first."""
    if not has_trial(attributes):
        return items_of(attributes)
    return [{**item, "unit": "0"} if recurs(item) else item for item in items_of(attributes)]


def prices_of(session: StoredObject) -> list[str]:
    """Return the IDs of the prices of a session's items."""
    return [item["price"] for item in items_of(session.attributes)]


def line_items(session: StoredObject, prices: Mapping[str, StoredObject], version: str) -> list[Body]:
    """Render the items of a session, whose prices are given by ID."""
    items, totals = items_of(session.attributes), session_totals(session.attributes)
    return [
        {
            "id": item["id"],
            "object": "item",
            "adjustable_quantity": item.get("adjustable_quantity"),
            "amount_discount": total.discount,
            "amount_subtotal": total.subtotal,
            "amount_tax": 0,
            "amount_total": total.total,
            "currency": session.attributes["currency"],
            "description": item["description"],
            "metadata": item.get("metadata", {}),
            "price": render(PRICE, prices[item["price"]], version),
            "quantity": item["quantity"],
        }
        for item, total in zip(items, totals.items, strict=True)
    ]


def line_items_list(session_id: str, shown: Sequence[Body], *, more: bool) -> Body:
    """Return the list of a session's items."""
    return {
        "object": "list",
        "data": [*shown],
        "has_more": more,
        "url": f"/v1/checkout/sessions/{session_id}/line_items",
    }
