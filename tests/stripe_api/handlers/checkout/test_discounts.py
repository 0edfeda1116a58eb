"""Coupons, promotion codes and shipping in Checkout sessions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from paysandbox.stripe_api.routes import LIST_PAYMENT_INTENTS
from tests.stripe_api.handlers.checkout.sessions import (
    CHALLENGED,
    DECLINED,
    Session,
    create,
    expire,
    item,
    opened,
    page,
    pay,
    shown,
    submit,
    typed,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.challenges import complete
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


# --- max_redemptions: how often a discount is given -------------------------------------------------------------------


def discounted(**limit: Any) -> Callable[[], Session]:
    """Return what opens sessions with a coupon that can be redeemed twice. `limit`: with a code that can."""
    if limit:
        name = {"promotion_code": code(coupon(), **limit)}
    else:
        name = {"coupon": coupon(percent_off=25, max_redemptions=2)}
    return lambda: opened(discounts=[name])


@pytest.mark.parametrize("limit", [{}, {"max_redemptions": 2}], ids=["coupon", "promotion code"])
def test_a_discount_is_given_as_often_as_it_can_be_redeemed(limit: Any) -> None:
    open_session = discounted(**limit)
    sessions = [open_session() for _ in range(3)]
    first, second, last = (pay(session["url"]).json for session in sessions)
    assert [(each["status"], each["amount_total"]) for each in (first, second)] == [("complete", 15_00)] * 2
    assert (last["status"], last["amount_total"], last["error"]["code"]) == ("open", 20_00, "coupon_expired")
    assert "The total is now without it." in last["error"]["message"]
    assert len(done(SHOP.get(LIST_PAYMENT_INTENTS))["data"]) == 2
    assert shown(sessions[2]["id"]).items() >= {"discounts": [], "amount_total": 20_00, "payment_intent": None}.items()
    assert pay(sessions[2]["url"]).json.items() >= {"status": "complete", "amount_total": 20_00}.items()


def test_the_page_says_that_a_discount_is_used_up() -> None:
    open_session = discounted()
    sessions = [open_session() for _ in range(3)]
    replies = [submit(session["url"], typed()) for session in sessions]
    assert [reply.status for reply in replies] == [303, 303, 402]
    assert 'role="alert"' in replies[2].text
    assert "is used up" in replies[2].text
    assert "Pay $20.00" in replies[2].text


def test_a_code_that_is_used_up_meanwhile_can_be_replaced() -> None:
    code(coupon(), max_redemptions=1)
    sessions = [opened(allow_promotion_codes=True) for _ in range(2)]
    for session in sessions:
        submit(session["url"], {"action": "update", "promotionCode": "WINTER"})
    assert [submit(session["url"], typed()).status for session in sessions] == [303, 402]
    assert 'value="WINTER"' not in page(sessions[1]["url"]).text
    code(coupon(), "SPRING")
    assert submit(sessions[1]["url"], typed(promotionCode="SPRING")).status == 303
    assert shown(sessions[1]["id"])["amount_total"] == 15_00


def test_a_discount_of_everything_is_bounded_too() -> None:
    name = coupon(percent_off=100, max_redemptions=1)
    sessions = [opened(discounts=[{"coupon": name}]) for _ in range(2)]
    paid = [submit(session["url"], {"email": "jenny@example.com"}) for session in sessions]
    assert [reply.status for reply in paid] == [303, 402]
    assert shown(sessions[1]["id"])["payment_status"] == "unpaid"


def declined(session: Session) -> None:
    pay(session["url"], DECLINED)


def failed_challenge(session: Session) -> None:
    complete(submit(session["url"], typed(CHALLENGED)).headers["Location"], "failed")
    page(session["url"])


def expired(session: Session) -> None:
    submit(session["url"], typed(CHALLENGED))
    assert expire(session["id"]).status == 200


def other_code(session: Session) -> None:
    submit(session["url"], typed(CHALLENGED))
    submit(session["url"], {"action": "update", "promotionCode": ""})


@pytest.mark.parametrize("fail", [declined, failed_challenge, expired, other_code])
def test_a_payment_that_fails_gives_its_discount_back(fail: Callable[[Session], None]) -> None:
    of = coupon(percent_off=25, max_redemptions=1)
    name = code(of)
    sessions = [opened(allow_promotion_codes=True) for _ in range(2)]
    for session in sessions:
        submit(session["url"], {"action": "update", "promotionCode": "WINTER"})
    fail(sessions[0])
    assert (redeemed("coupon", of), redeemed("promotion_code", name)) == (0, 0)
    assert pay(sessions[1]["url"]).json["amount_total"] == 15_00
    assert (redeemed("coupon", of), redeemed("promotion_code", name)) == (1, 1)


def test_a_challenge_that_somebody_else_outlasts_keeps_its_discount() -> None:
    """What waits for the cardholder is redeemed: nobody else gets it meanwhile."""
    name = coupon(percent_off=25, max_redemptions=1)
    waiting, other = (opened(discounts=[{"coupon": name}]) for _ in range(2))
    challenge = submit(waiting["url"], typed(CHALLENGED)).headers["Location"]
    assert pay(other["url"]).json["status"] == "open"
    complete(challenge)
    page(waiting["url"])
    assert shown(waiting["id"]).items() >= {"status": "complete", "amount_total": 15_00}.items()
    assert redeemed("coupon", name) == 1


@pytest.mark.parametrize("end", ["delete", "deactivate"])
def test_a_discount_applies_as_it_was_when_it_was_added(end: str) -> None:
    of = coupon(percent_off=25, max_redemptions=1)
    name = code(of)
    sessions = [opened(discounts=[{"promotion_code": name}]) for _ in range(2)]
    if end == "delete":
        done(SHOP.ask(RESOURCE["delete_coupon"], of))
    else:
        done(SHOP.post(RESOURCE["update_promotion_code"], name, active=False))
    assert [pay(session["url"]).json["amount_total"] for session in sessions] == [15_00, 20_00]


def test_of_payers_at_once_no_more_than_the_maximum_get_a_discount() -> None:
    open_session = discounted()
    sessions = [open_session() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        replies = [*pool.map(lambda session: pay(session["url"]), sessions)]
    paid = [reply.json for reply in replies if reply.status == 303]
    assert [each["amount_total"] for each in paid] == [15_00] * 2
    assert {reply.json["amount_total"] for reply in replies if reply.status == 200} == {20_00}


# --- refusals ---------------------------------------------------------------------------------------------------------


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
