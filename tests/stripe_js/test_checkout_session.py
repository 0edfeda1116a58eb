"""A Checkout session as Stripe.js shows it to a page."""

from typing import Any

import pytest

from tests.stripe_js.pure import called

CART: dict[str, Any] = {
    "currency": "usd", "customer_email": None, "discount": 0, "line_items": [], "promotion_code": None,
    "shipping": None, "shipping_options": [], "shipping_rate": None, "subtotal": 2000, "total": 2000,
}  # fmt: skip
PAGE: dict[str, Any] = {"id": "cs_test_1", "status": "open", "payment_status": "unpaid", "cart": CART}


def shown(page: dict[str, Any], payer: dict[str, Any], *, typed: bool = True) -> dict[str, Any]:
    [session] = called("script/checkout_session.js", [("sessionOf", page, payer, {"locale": "en", "isTyped": typed})])
    return session


@pytest.mark.parametrize(
    "currency, divisor, amount",
    [("usd", 100, "$20.00"), ("jpy", 1, "¥2,000"), ("kwd", 1000, "KWD\xa02.000"), ("isk", 100, "ISK\xa020")],
)
def test_amounts_are_in_stripes_units(currency: str, divisor: int, amount: str) -> None:
    session = shown(PAGE | {"cart": CART | {"currency": currency}}, {})
    assert (session["minorUnitsAmountDivisor"], session["total"]["total"]["amount"]) == (divisor, amount)


@pytest.mark.parametrize(
    "page, payer, typed, can",
    [
        (PAGE, {"email": "a@b.example"}, True, True),
        (PAGE, {"email": "a@b.example"}, False, False),
        (PAGE, {}, True, False),
        (PAGE | {"cart": CART | {"customer_email": "a@b.example"}}, {}, True, True),
        (PAGE | {"cart": CART | {"total": 0}}, {"email": "a@b.example"}, False, True),
        (PAGE | {"status": "complete"}, {"email": "a@b.example"}, True, False),
    ],
)
def test_when_a_session_can_be_confirmed(page: Any, payer: Any, typed: bool, can: bool) -> None:
    assert shown(page, payer, typed=typed)["canConfirm"] is can
