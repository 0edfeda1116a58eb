"""What the payer of a Checkout session can choose."""

from typing import Any

import pytest

from paysandbox.core.errors import Refused
from paysandbox.stripe_api.checkout.choices import chosen

ADJUSTABLE = {"enabled": True, "minimum": 0, "maximum": 5}
ITEMS = [
    {"id": "li_fixed", "quantity": 2},
    {"id": "li_free", "quantity": 2, "adjustable_quantity": ADJUSTABLE},
    {"id": "li_least", "quantity": 3, "adjustable_quantity": {**ADJUSTABLE, "minimum": 2}},
]
SESSION = {
    "items": ITEMS,
    "shipping_options": [{"shipping_rate": "shr_slow"}, {"shipping_rate": "shr_fast"}],
    "shipping_rate": "shr_slow",
}


@pytest.mark.parametrize(
    "quantities, rate, expected, chosen_rate",
    [
        ({}, None, [2, 2, 3], "shr_slow"),
        ({}, "shr_fast", [2, 2, 3], "shr_fast"),
        ({"li_free": "5"}, None, [2, 5, 3], "shr_slow"),
        ({"li_free": "", "li_fixed": "2"}, None, [2, 2, 3], "shr_slow"),
        ({"li_free": "1", "li_least": "2"}, None, [2, 1, 2], "shr_slow"),
    ],
)
def test_choices(quantities: Any, rate: str | None, expected: list[int], chosen_rate: str) -> None:
    after = chosen(SESSION, quantities, rate)
    assert [item["quantity"] for item in after["items"]] == expected
    assert after["shipping_rate"] == chosen_rate


@pytest.mark.parametrize(
    "quantities, rate, param",
    [
        ({"li_fixed": "3"}, None, "quantity[li_fixed]"),
        ({"li_free": "6"}, None, "quantity[li_free]"),
        ({"li_free": "0"}, None, "quantity[li_free]"),
        ({"li_least": "1"}, None, "quantity[li_least]"),
        ({"li_none": "1"}, None, "quantity[li_none]"),
        ({}, "shr_none", "shippingRate"),
    ],
)
def test_what_cannot_be_chosen(quantities: Any, rate: str | None, param: str) -> None:
    with pytest.raises(Refused) as refused:
        chosen(SESSION, quantities, rate)
    assert refused.value.param == param
