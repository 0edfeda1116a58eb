"""What is due for the items of a Checkout session, its discount and its shipping."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from paysandbox.stripe_api.checkout.totals import totals_of


def items(*priced: tuple[str, int]) -> list[dict[str, Any]]:
    """Return items of these unit prices and quantities, each of a product of its own."""
    return [{"unit": unit, "quantity": count, "product": f"prod_{place}"} for place, (unit, count) in enumerate(priced)]


@pytest.mark.parametrize(
    "priced, discount, shipping, subtotals, discounts, total",
    [
        ([("2000", 1)], None, None, [2000], [0], 2000),
        ([("2000", 2), ("150", 3)], None, 500, [4000, 450], [0, 0], 4950),
        ([("0.5", 3)], None, None, [2], [0], 2),  # half up
        ([("2000", 1)], {"percent_off": 25}, None, [2000], [500], 1500),
        ([("999", 1), ("1", 1)], {"percent_off": 50}, None, [999, 1], [500, 1], 499),  # per item, half up
        ([("1000", 1)], {"percent_off": 33.3}, None, [1000], [333], 667),
        ([("1000", 1)], {"percent_off": 100}, 500, [1000], [1000], 500),  # not of shipping
        ([("1000", 1), ("3000", 1)], {"amount_off": 400}, None, [1000, 3000], [100, 300], 3600),
        ([("100", 1), ("100", 1), ("100", 1)], {"amount_off": 100}, None, [100] * 3, [34, 33, 33], 200),
        ([("1000", 1)], {"amount_off": 5000}, None, [1000], [1000], 0),
        ([("0", 1)], {"amount_off": 5000}, None, [0], [0], 0),
        ([("1000", 1), ("500", 1)], {"amount_off": 700, "products": ["prod_1"]}, None, [1000, 500], [0, 500], 1000),
        ([("1000", 1), ("500", 1)], {"percent_off": 10, "products": ["prod_0"]}, None, [1000, 500], [100, 0], 1400),
    ],
)
def test_what_is_due(
    priced: Any, discount: Any, shipping: int | None, subtotals: list[int], discounts: list[int], total: int
) -> None:
    totals = totals_of(items(*priced), discount, shipping)
    assert [each.subtotal for each in totals.items] == subtotals
    assert [each.discount for each in totals.items] == discounts
    assert (totals.subtotal, totals.discount, totals.total) == (sum(subtotals), sum(discounts), total)
    assert sum(each.total for each in totals.items) + (shipping or 0) == total


@given(
    st.lists(st.tuples(st.integers(0, 10**6).map(str), st.integers(1, 99)), min_size=1, max_size=10),
    st.integers(1, 10**8),
)
def test_an_amount_is_spread_whole(priced: list[tuple[str, int]], amount_off: int) -> None:
    """No unit is lost or made, and no item costs less than nothing."""
    totals = totals_of(items(*priced), {"amount_off": amount_off})
    assert totals.discount == min(amount_off, totals.subtotal)
    assert all(0 <= each.discount <= each.subtotal for each in totals.items)
