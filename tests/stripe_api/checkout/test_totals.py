"""What is due for the items of a Checkout session, its discount and its shipping."""

from typing import Any

import pytest

from paysandbox.stripe_api.checkout.totals import purchase_of, totals_of


def items(*priced: tuple[str, int]) -> list[dict[str, Any]]:
    """Return items of these unit prices and quantities, each of a product of its own."""
    return [{"unit": unit, "quantity": count, "product": f"prod_{place}"} for place, (unit, count) in enumerate(priced)]


@pytest.mark.parametrize(
    "priced, coupon, shipping, subtotals, discounts, total",
    [
        ([("2000", 1)], None, None, [2000], [0], 2000),
        ([("2000", 2), ("150", 3)], None, 500, [4000, 450], [0, 0], 4950),
        ([("0.5", 3)], None, None, [2], [0], 2),  # half up
        ([("1000", 1)], {"percent_off": 1_000_000}, 500, [1000], [1000], 500),  # not of shipping
        ([("1000", 1), ("3000", 1)], {"amount_off": 400, "currency": "usd"}, None, [1000, 3000], [100, 300], 3600),
    ],
)
def test_what_is_due(
    priced: Any, coupon: Any, shipping: int | None, subtotals: list[int], discounts: list[int], total: int
) -> None:
    """How a discount is divided is a rule of discounts (tests/stripe_api/discounts)."""
    totals = totals_of(purchase_of(items(*priced), "usd"), coupon, shipping)
    assert [each.subtotal for each in totals.items] == subtotals
    assert [each.discount for each in totals.items] == discounts
    assert (totals.subtotal, totals.discount, totals.total) == (sum(subtotals), sum(discounts), total)
    assert sum(each.total for each in totals.items) + (shipping or 0) == total
