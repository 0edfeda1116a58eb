"""What is due for the items of a Checkout session, its discount and its shipping. Pure; integers of Stripe's units.

A discount of a fixed amount is at most what its items cost, and is spread over them in proportion, the rest of the
division over the first ones. One of a percentage is rounded per item, half up, as an item's amount is (Stripe,
"Prices", unit_amount_decimal: line items are rounded).
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from paysandbox.core.record import record

_HUNDRED: Final = Decimal(100)

Item = Mapping[str, Any]
"""An item as a session stores it: `unit`, the price of one as a decimal text, its `quantity`, and its `product`."""

Discount = Mapping[str, Any]
"""A discount as a session stores it: `percent_off` or `amount_off`, and the `products` that it is for, if not all."""


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


def totals_of(items: Sequence[Item], discount: Discount | None = None, shipping: int | None = None) -> Totals:
    """Return what is due."""
    subtotals = [_rounded(Decimal(item["unit"]) * item["quantity"]) for item in items]
    discounts = [0] * len(items) if discount is None else _discounts(items, subtotals, discount)
    return Totals(tuple(ItemTotal(*each) for each in zip(subtotals, discounts, strict=True)), shipping)


def _discounts(items: Sequence[Item], subtotals: Sequence[int], discount: Discount) -> list[int]:
    products = discount.get("products")
    bases = [
        subtotal if products is None or item["product"] in products else 0
        for item, subtotal in zip(items, subtotals, strict=True)
    ]
    percent = discount.get("percent_off")
    if percent is not None:
        return [_rounded(base * Decimal(str(percent)) / _HUNDRED) for base in bases]
    return _spread(min(discount["amount_off"], sum(bases)), bases)


def _spread(amount: int, bases: Sequence[int]) -> list[int]:
    """Return the parts of an amount in proportion to the bases. It is at most their sum."""
    whole = sum(bases)
    if whole == 0:
        return [0] * len(bases)
    parts = [amount * base // whole for base in bases]
    left = amount - sum(parts)
    for place, base in enumerate(bases):
        if left and parts[place] < base:
            parts[place] += 1
            left -= 1
    return parts


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
