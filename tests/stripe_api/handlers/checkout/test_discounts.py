"""Coupons, promotion codes and shipping in Checkout sessions."""

from typing import Any

import pytest

from tests.stripe_api.handlers.checkout.sessions import (
    DECLINED,
    create,
    item,
    opened,
    page,
    pay,
    shown,
    submit,
    typed,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong

SHOP = StripeMerchant()


def made(route: str, **params: Any) -> str:
    return done(SHOP.post(RESOURCE[route], **params))["id"]


def coupon(**params: Any) -> str:
    return made("create_coupon", **(params or {"percent_off": 25}))


def code(of: str, text: str = "WINTER", **params: Any) -> str:
    return made("create_promotion_code", promotion={"type": "coupon", "coupon": of}, code=text, **params)


def rate(amount: int = 5_00, **params: Any) -> str:
    cost = {"amount": amount, "currency": "usd"}
    return made("create_shipping_rate", display_name=f"Post {amount}", fixed_amount=cost, **params)


def redeemed(kind: str, name: str) -> int:
    return done(SHOP.get(RESOURCE[f"get_{kind}"], name))["times_redeemed"]


# --- discounts --------------------------------------------------------------------------------------------------------


def test_a_coupon_is_redeemed_when_its_session_is_paid() -> None:
    name = coupon()
    session = opened(discounts=[{"coupon": name}])
    assert session.items() >= {
        "amount_subtotal": 20_00, "amount_total": 15_00, "discounts": [{"coupon": name, "promotion_code": None}],
    }.items()  # fmt: skip
    assert session["total_details"]["amount_discount"] == 5_00
    pay(session["url"], DECLINED)
    assert redeemed("coupon", name) == 0
    pay(session["url"])
    assert shown(session["id"], expand=["payment_intent"])["payment_intent"]["amount_received"] == 15_00
    pay(session["url"])
    assert redeemed("coupon", name) == 1


def test_a_promotion_code_is_redeemed_with_its_coupon() -> None:
    of = coupon(amount_off=7_00, currency="usd")
    name = code(of)
    session = opened(discounts=[{"promotion_code": name}])
    assert (session["amount_total"], session["discounts"]) == (13_00, [{"coupon": None, "promotion_code": name}])
    pay(session["url"])
    assert (redeemed("coupon", of), redeemed("promotion_code", name)) == (1, 1)


def test_the_payer_enters_a_promotion_code() -> None:
    name = code(coupon())
    session = opened(allow_promotion_codes=True)
    assert 'name="promotionCode"' in page(session["url"]).text
    reply = submit(session["url"], {"action": "update", "promotionCode": " winter "})
    assert (reply.status, "$15.00" in reply.text, 'value=" winter "' in reply.text) == (200, True, True)
    submit(session["url"], {"action": "update", "promotionCode": ""})
    assert shown(session["id"])["amount_total"] == 20_00
    submit(session["url"], typed(promotionCode="WINTER"))
    paid = shown(session["id"])
    assert (paid["status"], paid["amount_total"], redeemed("promotion_code", name)) == ("complete", 15_00, 1)


@pytest.mark.parametrize(
    "sent, allowed, text",
    [("SUMMER", True, "This code is invalid."), ("WINTER", False, "This session takes no promotion codes.")],
)
def test_a_code_that_does_not_apply_is_a_fault_of_its_field(sent: str, allowed: bool, text: str) -> None:
    code(coupon())
    session = opened(allow_promotion_codes=allowed)
    reply = submit(session["url"], typed(promotionCode=sent))
    assert reply.status == 400
    if allowed:
        assert f'id="promotionCode-error">{text}' in reply.text
    assert shown(session["id"])["payment_intent"] is None


def test_a_coupon_for_everything_leaves_nothing_due() -> None:
    session = opened(discounts=[{"coupon": coupon(percent_off=100)}])
    assert (session["amount_total"], session["payment_status"]) == (0, "no_payment_required")
    submit(session["url"], {"email": "jenny@example.com"})
    assert shown(session["id"])["status"] == "complete"


def test_who_came_too_late_still_pays_what_the_session_said() -> None:
    """A coupon for one redemption was in two sessions: it is counted once."""
    name = coupon(percent_off=25, max_redemptions=1)
    sessions = [opened(discounts=[{"coupon": name}]) for _ in range(2)]
    for session in sessions:
        pay(session["url"])
        assert shown(session["id"]).items() >= {"status": "complete", "amount_total": 15_00}.items()
    assert redeemed("coupon", name) == 1
    refused = create(discounts=[{"coupon": name}])
    assert (refused.status, refused.error["param"]) == (400, "discounts[0][coupon]")


@pytest.mark.parametrize(
    "discounts, param",
    [
        ([{"coupon": "none"}], "discounts[0][coupon]"),
        ([{"promotion_code": "promo_none"}], "discounts[0][promotion_code]"),
        ([{"coupon": "a", "promotion_code": "b"}], "discounts[0]"),
    ],
)
def test_discounts_that_do_not_exist(discounts: Any, param: str) -> None:
    assert wrong(create(discounts=discounts))[3] == param


@pytest.mark.parametrize(
    "coupon_of, code_of, detail",
    [
        ({"amount_off": 5_00, "currency": "eur"}, {}, "no amount in the currency"),
        ({"percent_off": 25}, {"restrictions": {"minimum_amount": 50_00, "minimum_amount_currency": "usd"}}, "minimum"),
        ({"percent_off": 25}, {"active": False}, "not active"),
    ],
)
def test_codes_that_do_not_apply(coupon_of: Any, code_of: Any, detail: str) -> None:
    refused = create(discounts=[{"promotion_code": code(coupon(**coupon_of), **code_of)}])
    assert (refused.status, detail in refused.error["message"]) == (400, True)


def test_the_first_purchase_of_a_customer_is_not_known() -> None:
    name = code(coupon(), restrictions={"first_time_transaction": True})
    customer = made("create_stripe_customer")
    assert create(discounts=[{"promotion_code": name}]).status == 200
    refused = create(discounts=[{"promotion_code": name}], customer=customer)
    assert (refused.status, refused.error["param"]) == (400, "discounts[0][promotion_code]")


# --- shipping ---------------------------------------------------------------------------------------------------------


def test_the_payer_chooses_how_to_ship() -> None:
    slow, fast = rate(5_00), rate(9_00)
    session = opened(shipping_options=[{"shipping_rate": slow}, {"shipping_rate": fast}])
    assert session["shipping_cost"].items() >= {"amount_total": 5_00, "shipping_rate": slow}.items()
    assert session["shipping_options"] == [
        {"shipping_amount": 5_00, "shipping_rate": slow}, {"shipping_amount": 9_00, "shipping_rate": fast},
    ]  # fmt: skip
    assert "Post 500" in page(session["url"]).text
    submit(session["url"], typed(shippingRate=fast))
    paid = shown(session["id"])
    assert (paid["amount_subtotal"], paid["amount_total"]) == (20_00, 29_00)
    assert (paid["shipping_cost"]["shipping_rate"], paid["total_details"]["amount_shipping"]) == (fast, 9_00)


def test_a_shipping_rate_is_created_with_the_session() -> None:
    cost = {"amount": 3_00, "currency": "usd"}
    session = opened(shipping_options=[{"shipping_rate_data": {"display_name": "Pigeon", "fixed_amount": cost}}])
    name = session["shipping_cost"]["shipping_rate"]
    assert done(SHOP.get(RESOURCE["get_shipping_rate"], name))["display_name"] == "Pigeon"
    assert session["amount_total"] == 23_00


@pytest.mark.parametrize(
    "option, param",
    [
        ({"shipping_rate": "shr_none"}, "shipping_options[0][shipping_rate]"),
        ({"shipping_rate_data": {"display_name": "a"}}, "shipping_options[0][shipping_rate_data][fixed_amount]"),
    ],
)
def test_shipping_options_that_a_session_cannot_have(option: Any, param: str) -> None:
    assert wrong(create(shipping_options=[option]))[3] == param


def test_an_inactive_shipping_rate_is_refused() -> None:
    name = rate()
    done(SHOP.post(RESOURCE["update_shipping_rate"], name, active=False))
    assert wrong(create(shipping_options=[{"shipping_rate": name}]))[3] == "shipping_options[0][shipping_rate]"


def test_shipping_options_can_be_replaced() -> None:
    session = opened(shipping_options=[{"shipping_rate": rate(5_00)}])
    update = RESOURCE["update_checkout_session"]
    after = done(SHOP.post(update, session["id"], shipping_options=[{"shipping_rate": rate(1_00)}]))
    assert after["amount_total"] == 21_00
    after = done(SHOP.post(update, session["id"], shipping_options=""))
    assert (after["amount_total"], after["shipping_cost"], after["shipping_options"]) == (20_00, None, [])


def test_items_of_other_currencies_than_shipping_are_refused() -> None:
    euros = item()["price_data"] | {"currency": "eur"}
    line = {"price_data": euros, "quantity": 1}
    assert wrong(create(line_items=[line], shipping_options=[{"shipping_rate": rate()}]))[3] == "shipping_options[0]"
