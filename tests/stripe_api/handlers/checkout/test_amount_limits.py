"""The least and the most that can be paid: the same for each way in which a merchant or a payer comes to an amount."""

from collections.abc import Callable
from typing import Any

import pytest

from paysandbox.stripe_api.routes import CREATE_CHARGE, UPDATE_PAYMENT_INTENT
from tests.stripe_api.handlers.checkout.sessions import Session, create, item, line_items, opened, pay, shown, submit
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.worlds.handlers import Told

SHOP = StripeMerchant()
LEAST, MOST = 50, 99_999_998
TOO_SMALL, TOO_LARGE = 48, 100_000_000
"""Next to these limits, even so that two halves make one. Most is eight digits ("Supported currencies", Stripe)."""

UPDATE_SESSION = RESOURCE["update_checkout_session"]


@pytest.fixture(autouse=True)
def least(told: Told) -> None:
    told(minimum_amount=LEAST)


def half_off(code: str | None = None) -> str:
    """Create a coupon, and a promotion code for it if there is one."""
    coupon = done(SHOP.post(RESOURCE["create_coupon"], percent_off=50))["id"]
    if code:
        done(SHOP.post(RESOURCE["create_promotion_code"], promotion={"type": "coupon", "coupon": coupon}, code=code))
    return coupon


def post(amount: int) -> dict[str, Any]:
    cost = {"amount": amount, "currency": "usd"}
    return {"shipping_rate_data": {"display_name": f"Post {amount}", "fixed_amount": cost}}


# --- what a merchant sets ---------------------------------------------------------------------------------------------

MERCHANT: dict[str, Callable[[int], StripeReply]] = {
    "payment intent": lambda total: SHOP.create(amount=total, currency="usd"),
    "update of a payment intent": lambda total: SHOP.post(
        UPDATE_PAYMENT_INTENT, SHOP.opened(amount=5_00, currency="usd")["id"], amount=total
    ),
    "charge": lambda total: SHOP.post(CREATE_CHARGE, amount=total, currency="usd", source="tok_visa"),
    "items": lambda total: create(line_items=[item(total // 2), item(total // 2)]),
    "quantity": lambda total: create(line_items=[item(total // 2, quantity=2)]),
    "discount": lambda total: create(
        line_items=[item(total // 2, quantity=4)], discounts=[{"coupon": half_off()}]
    ),
    "shipping": lambda total: create(line_items=[item(total // 2)], shipping_options=[post(total // 2)]),
    "update of items": lambda total: SHOP.post(
        UPDATE_SESSION, opened()["id"], line_items=[item(total // 2, quantity=2)]
    ),
    "update of shipping": lambda total: SHOP.post(
        UPDATE_SESSION, opened(line_items=[item(max(total // 2, LEAST))])["id"],
        line_items=[item(total // 2)], shipping_options=[post(total // 2)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", MERCHANT)
def test_what_a_merchant_sets(way: str) -> None:
    assert [MERCHANT[way](total).status for total in (LEAST, MOST)] == [200, 200]
    refused = [MERCHANT[way](total) for total in (TOO_SMALL, TOO_LARGE)]
    assert [reply.status for reply in refused] == [400, 400]
    assert [reply.error["code"] for reply in refused] == ["amount_too_small", "amount_too_large"]
    param = "amount" if way in ("payment intent", "update of a payment intent", "charge") else "line_items"
    assert [reply.error["param"] for reply in refused] == [param, param]


# --- what a payer chooses ---------------------------------------------------------------------------------------------


def quantity_of(session: Session, quantity: int) -> dict[str, str]:
    (line,) = done(line_items(session["id"]))["data"]
    return {f"quantity[{line['id']}]": str(quantity)}


def adjustable(amount: int, quantity: int) -> dict[str, Any]:
    return item(amount, quantity, adjustable_quantity={"enabled": True, "minimum": 1, "maximum": 9})


def by_quantity(total: int) -> tuple[Session, dict[str, str], str]:
    session = opened(line_items=[adjustable(total // 2, 1 if total >= MOST else 4)])
    chosen = quantity_of(session, 2)
    return session, chosen, next(iter(chosen))


def by_code(total: int) -> tuple[Session, dict[str, str], str]:
    half_off("HALF")
    session = opened(line_items=[adjustable(total // 2, 1 if total >= MOST else 4)], allow_promotion_codes=True)
    if total < MOST:
        return session, {"promotionCode": "HALF"}, "promotionCode"
    # Without the code again, everything is due.
    assert (
        submit(session["url"], {"action": "update", "promotionCode": "HALF", **quantity_of(session, 2)}).status == 200
    )
    return session, {"promotionCode": ""}, "promotionCode"


def by_shipping(total: int) -> tuple[Session, dict[str, str], str]:
    first = 0 if total >= MOST else 1_00
    session = opened(line_items=[item(total // 2)], shipping_options=[post(first), post(total // 2)])
    return session, {"shippingRate": session["shipping_options"][1]["shipping_rate"]}, "shippingRate"


PAYER = {"quantity": by_quantity, "code": by_code, "shipping": by_shipping}


@pytest.mark.parametrize("total", [LEAST, MOST])
@pytest.mark.parametrize("way", PAYER)
def test_what_a_payer_can_choose(way: str, total: int) -> None:
    session, chosen, _ = PAYER[way](total)
    assert pay(session["url"], **chosen).json.items() >= {"status": "complete", "amount_total": total}.items()


@pytest.mark.parametrize("total, code", [(TOO_SMALL, "amount_too_small"), (TOO_LARGE, "amount_too_large")])
@pytest.mark.parametrize("way", PAYER)
def test_what_a_payer_cannot_choose(way: str, total: int, code: str) -> None:
    session, chosen, field = PAYER[way](total)
    before = shown(session["id"])
    for refused in (pay(session["url"], **chosen), pay(session["url"], action="update", **chosen)):
        assert (refused.status, refused.json["code"], refused.json["param"]) == (400, code, field)
    on_page = submit(session["url"], {"action": "update", **chosen})
    assert on_page.status == 400
    assert "must be at least 0.50 USD" in on_page.text or "total amount is too large" in on_page.text
    assert shown(session["id"]) == before
    assert pay(session["url"]).json["amount_total"] == before["amount_total"]


# --- decimals ---------------------------------------------------------------------------------------------------------


DOLLARS = (
    "Checkout does not currently support usd prices with more than 2 decimal places in `line_items[0]`. You passed "
    "`0.1` corresponding to `$0.001`, which is not supported. You can round your price and pass in `unit_amount: 0` or "
    "`unit_amount: 1` instead."
)


@pytest.mark.parametrize(
    "currency, decimal, message",
    [
        ("usd", "0.1", DOLLARS),
        ("jpy", "12.5", "than 0 decimal places in `line_items[0]`. You passed `12.5` corresponding to `¥12.5`"),
        ("kwd", "10.5", "than 3 decimal places in `line_items[0]`. You passed `10.5` corresponding to `KWD 0.0105`"),
        ("isk", "100.5", "than 2 decimal places in `line_items[0]`. You passed `100.5` corresponding to `ISK 1.005`"),
    ],
)
def test_a_price_with_more_decimals_than_its_currency_has(currency: str, decimal: str, message: str) -> None:
    """stripe-node#1135. A price can have them: it may be for usage."""
    data = {"currency": currency, "unit_amount_decimal": decimal}
    price = done(SHOP.post(RESOURCE["create_price"], product_data={"name": "Call"}, **data))
    assert price["unit_amount_decimal"] == decimal
    for line in (
        {"price": price["id"], "quantity": 10},
        {"price_data": {**data, "product_data": {"name": "Call"}}, "quantity": 10},
    ):
        for refused in (create(line_items=[line]), SHOP.post(UPDATE_SESSION, opened()["id"], line_items=[line])):
            assert (refused.status, refused.error["param"]) == (400, "line_items[0]")
            assert message in refused.error["message"]


@pytest.mark.parametrize("decimal", ["1000", "1000.00"])
def test_a_decimal_without_decimals_is_sold(decimal: str) -> None:
    line = {"price_data": {"currency": "usd", "unit_amount_decimal": decimal, "product_data": {"name": "Hat"}}}
    assert opened(line_items=[{**line, "quantity": 2}])["amount_total"] == 20_00


# --- currencies of types of payment methods ---------------------------------------------------------------------------

OLDER = StripeMerchant(version="2025-03-31.basil")
"""`payment_method_types` can be sent until 2026-09-30."""

TYPED: dict[str, Callable[[str, list[str]], StripeReply]] = {
    "payment intent": lambda currency, types: OLDER.create(amount=5_00, currency=currency, payment_method_types=types),
    "update": lambda currency, types: OLDER.post(
        UPDATE_PAYMENT_INTENT, OLDER.opened(amount=5_00, currency=currency)["id"], payment_method_types=types
    ),
    "confirmation": lambda currency, types: OLDER.confirm(
        OLDER.opened(amount=5_00, currency=currency)["id"], payment_method="pm_card_visa", payment_method_types=types
    ),
    "session": lambda currency, types: create(
        OLDER,
        line_items=[{"price_data": {**item()["price_data"], "currency": currency}, "quantity": 1}],
        payment_method_types=types,
    ),
    "session that saves a card": lambda currency, types: create(
        OLDER,
        mode="setup", line_items=None, currency=currency, payment_method_types=types
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", TYPED)
def test_types_of_payment_methods_that_cannot_pay_in_the_currency(way: str) -> None:
    """woocommerce-gateway-stripe#5216, and the tests of stripe-ios."""
    refused = {
        ("usd", ("card", "sepa_debit")): "Payments with sepa_debit support the following currencies: eur.",
        ("usd", ("ideal",)): "Payments with ideal support the following currencies: eur.",
        ("eur", ("card", "us_bank_account")): "Payments with us_bank_account support the following currencies: usd.",
        ("gbp", ("card", "p24")): "Payments with p24 support the following currencies: eur, pln.",
    }
    for (currency, types), sentence in refused.items():
        reply = TYPED[way](currency, [*types])
        assert (reply.status, reply.error["param"]) == (400, "payment_method_types"), types
        assert reply.error["message"] == f"The currency provided ({currency}) is invalid. {sentence}"
    for currency, types in (("eur", ["card", "sepa_debit", "ideal"]), ("usd", ["card", "link", "klarna"])):
        assert TYPED[way](currency, types).status == 200, types


def test_a_code_makes_no_fraction_of_a_currency_without_decimals() -> None:
    half_off("HALF")
    hat = {"price_data": {"currency": "isk", "unit_amount": 1_300, "product_data": {"name": "Hat"}}, "quantity": 1}
    session = opened(line_items=[hat], allow_promotion_codes=True)
    assert pay(session["url"], promotionCode="HALF").json["amount_total"] == 6_00
