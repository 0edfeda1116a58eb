"""What is due for the items of a Checkout session, its discount and its shipping. Pure; integers of Stripe's units.

An item's amount is rounded half up (Stripe, "Prices", unit_amount_decimal: line items are rounded).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from paysandbox.core.record import record
from paysandbox.stripe_api.discounts.rules import Line, Purchase, discounts_on, price_amount

Item = Mapping[str, Any]
"""An item as a session stores it: `unit`, the price of one as a decimal text, its `quantity`, and its `product`."""


@record
class ItemTotal:
    """Of an item: before the discount, and the discount."""

    subtotal: int
    discount: int

    @property
    def total(self) -> int:
        """What is due for it."""
        return self.subtotal - self.discount


@record
class Totals:
    """What is due for each item, and for shipping."""

    items: tuple[ItemTotal, ...]
    shipping: int | None

    @property
    def subtotal(self) -> int:
        """Of all items, before the discount."""
        return sum(item.subtotal for item in self.items)

    @property
    def discount(self) -> int:
        """Of all items."""
        return sum(item.discount for item in self.items)

    @property
    def total(self) -> int:
        """What is due."""
        return self.subtotal - self.discount + (self.shipping or 0)


def purchase_of(
    items: Sequence[Item], currency: str, customer: str | None = None, *, is_first: bool = True
) -> Purchase:
    """Return what a discount is for."""
    lines = [Line(price_amount(item["unit"], item["quantity"]), item["product"]) for item in items]
    return Purchase(currency=currency, lines=lines, customer=customer, is_first=is_first)


def totals_of(purchase: Purchase, coupon: Mapping[str, Any] | None = None, shipping: int | None = None) -> Totals:
    """Return what is due, less what a coupon that applies takes off."""
    discounts = discounts_on(coupon, purchase) if coupon else (0,) * len(purchase.lines)
    items = tuple(ItemTotal(line.amount, off) for line, off in zip(purchase.lines, discounts, strict=True))
    return Totals(items, shipping)
