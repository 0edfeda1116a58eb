"""POST /v1/test_helpers/shared_payment/granted_tokens, and how payment intents use a shared payment token."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.stripe_api.routes import CREATE_PAYMENT_METHOD, GET_PAYMENT_METHOD
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.saved_cards import attached, customer
from tests.support.clients.stripe_merchant import DECLINED, TYPED, VISA, StripeMerchant, done, wrong
from tests.support.worlds.handlers import Clock

REQUIRED = "pm_card_authenticationRequired"
TOP = "shared_payment_granted_token"
WITHIN = "payment_method_data[shared_payment_granted_token]"
INVALID = (400, "invalid_request_error", None)
DEACTIVATED = "The shared payment granted token cannot be used because it is already in a deactivated state."
TOO_MUCH = (
    "The requested amount is greater than the remaining amount capturable with this shared payment granted token."
)


def granted(max_amount: int = 10_00, name: str = VISA, currency: str = "usd", **limits: Any) -> dict[str, Any]:
    limits = {"currency": currency, "max_amount": max_amount, **limits}
    return done(StripeMerchant().post(RESOURCE["create_granted_token"], payment_method=name, usage_limits=limits))


def shown(name: str) -> dict[str, Any]:
    return done(StripeMerchant().get(RESOURCE["get_shared_payment_granted_token"], name))


def captured(name: str) -> int:
    return shown(name)["usage_details"]["amount_captured"]["value"]


def pay(token: str, amount: int = 10_00, **params: Any) -> Any:
    return StripeMerchant().create(**{"amount": amount, "confirm": True, TOP: token, "payment_method": None, **params})


def test_a_token_of_a_card() -> None:
    token = granted()
    assert token["id"].startswith("spt_")
    assert token["usage_limits"] == {
        "currency": "usd", "expires_at": None, "max_amount": 10_00, "recurring_interval": None,
    }  # fmt: skip
    assert token["usage_details"] == {"amount_captured": {"currency": "usd", "value": 0}}
    details = token["payment_method_details"]
    assert (details["type"], details["card"]["last4"], details["billing_details"]["name"]) == ("card", "4242", None)
    assert (token["deactivated_at"], token["deactivated_reason"], token["shared_metadata"]) == (None, None, {})
    assert shown(token["id"]) == token


@pytest.mark.parametrize("params", [lambda token: {TOP: token}, lambda token: {
    TOP: None, "payment_method_data": {"shared_payment_granted_token": token}}])  # fmt: skip
def test_it_pays_until_nothing_is_left(params: Any) -> None:
    token = granted(25_00)["id"]
    first = done(pay(token, **params(token), key="k"))
    assert first["status"] == "succeeded"
    assert done(pay(token, **params(token), key="k")) == first
    assert (captured(token), shown(token)["deactivated_reason"]) == (10_00, None)
    over = pay(token, 15_01, **params(token))
    assert (wrong(over)[:3], over.error["message"]) == (INVALID, TOO_MUCH)
    assert done(pay(token, 15_00, **params(token)))["status"] == "succeeded"
    assert (captured(token), shown(token)["deactivated_reason"]) == (25_00, "consumed")
    assert shown(token)["deactivated_at"] is not None
    after = pay(token, 50, **params(token))
    assert (wrong(after)[:3], after.error["message"]) == (INVALID, DEACTIVATED)


def test_each_payment_has_a_payment_method_of_its_own() -> None:
    token = granted(20_00)["id"]
    methods = [done(pay(token))["payment_method"] for _ in range(2)]
    assert len({*methods}) == 2
    assert done(StripeMerchant().get(GET_PAYMENT_METHOD, methods[0]))["card"]["last4"] == "4242"


def test_an_intent_is_confirmed_with_it() -> None:
    token, shop = granted()["id"], StripeMerchant()
    intent = shop.opened(payment_method=None)["id"]
    for _ in range(2):
        assert done(shop.confirm(intent, **{TOP: token}, key="k"))["status"] == "succeeded"
    other = shop.opened(payment_method=None)["id"]
    again = shop.confirm(other, payment_method_data={TOP: token})
    assert (wrong(again), again.error["message"]) == ((*INVALID, WITHIN), DEACTIVATED)


def test_a_decline_takes_nothing_of_it() -> None:
    token = granted(name=DECLINED)["id"]
    assert [pay(token).status for _ in range(2)] == [402, 402]
    assert captured(token) == 0


def test_what_waits_for_the_cardholder_takes_its_amount() -> None:
    token = granted(name=REQUIRED)["id"]
    assert done(pay(token))["status"] == "requires_action"
    assert captured(token) == 10_00


def test_it_expires(clock: Clock) -> None:
    now = granted()["created"]
    token = granted(expires_at=now + 60)["id"]
    clock.advance(timedelta(seconds=60))
    late = pay(token)
    assert (wrong(late)[:3], late.error["message"]) == (INVALID, DEACTIVATED)
    assert (shown(token)["deactivated_reason"], shown(token)["deactivated_at"]) == ("expired", now + 60)


@pytest.mark.parametrize("params, words", [
    ({"currency": "eur"}, "The shared payment granted token can be used for payments in usd only."),
    ({"capture_method": "manual"}, "captured at once and save no card"),
    ({"confirm": False}, "can only be provided during confirmation"),
    ({"payment_method": VISA}, "You may only specify one of these parameters: payment_method, "),
    ({"payment_method_data": {"type": "card", "card": TYPED}}, "specify one of these parameters: payment_method_d"),
])  # fmt: skip
def test_payments_that_it_does_not_pay(params: dict[str, Any], words: str) -> None:
    token = granted()["id"]
    refused = pay(token, **params)
    assert wrong(refused) == (*INVALID, TOP)
    assert words in refused.error["message"]
    assert captured(token) == 0


def test_it_saves_no_card() -> None:
    token = granted()["id"]
    refused = pay(token, customer=customer(StripeMerchant()), setup_future_usage="off_session")
    assert wrong(refused) == (*INVALID, TOP)


def test_only_payment_intents_take_it() -> None:
    refused = StripeMerchant().post(
        RESOURCE["create_setup_intent"], payment_method_data={TOP: granted()["id"]}, confirm=True
    )
    assert refused.status == 400
    assert wrong(StripeMerchant().create(payment_method=None, payment_method_data={"card": TYPED})) == (
        400, "invalid_request_error", "parameter_missing", "payment_method_data[type]",
    )  # fmt: skip


def test_a_card_of_a_customer_is_shared_with_the_customer_named() -> None:
    shop = StripeMerchant()
    jenny, other, limits = customer(shop), customer(shop), {"currency": "usd", "max_amount": 10_00}
    method = attached(shop, jenny)
    for whose in ({}, {"customer": other}):
        assert (
            shop.post(RESOURCE["create_granted_token"], payment_method=method, usage_limits=limits, **whose).status
            == 400
        )
    token = done(
        shop.post(RESOURCE["create_granted_token"], payment_method=method, usage_limits=limits, customer=jenny)
    )
    paid = done(pay(token["id"]))
    assert (paid["status"], paid["customer"], paid["payment_method"] == method) == ("succeeded", None, False)


def test_a_card_that_is_shared_can_still_pay() -> None:
    shop = StripeMerchant()
    method = done(shop.post(CREATE_PAYMENT_METHOD, type="card", card=TYPED))["id"]
    done(pay(granted(name=method)["id"]))
    assert done(shop.create(payment_method=method, confirm=True))["status"] == "succeeded"


@pytest.mark.parametrize("params, code, param", [
    ({}, "parameter_missing", "payment_method"),
    ({"payment_method": VISA}, "parameter_missing", "usage_limits"),
    ({"payment_method": "pm_unknown"}, "resource_missing", "payment_method"),
    ({"payment_method": VISA, "customer": "cus_x"}, None, "payment_method"),
    ({"payment_method": VISA, "usage_limits": {"currency": "usd"}}, "parameter_missing", "usage_limits[max_amount]"),
    ({"payment_method": VISA, "usage_limits": {"currency": "usd", "max_amount": 0}}, "parameter_invalid_integer",
     "usage_limits[max_amount]"),
    ({"payment_method": VISA, "usage_limits": {"currency": "xxx", "max_amount": 1}}, None, "usage_limits[currency]"),
    ({"payment_method": VISA, "usage_limits": {"currency": "usd", "max_amount": 1, "expires_at": 1}}, None,
     "usage_limits[expires_at]"),
    ({"payment_method": VISA, "usage_limits": {"currency": "usd", "max_amount": 1, "recurring_interval": "month"}},
     "parameter_unknown", "usage_limits[recurring_interval]"),
])  # fmt: skip
def test_refusals(params: dict[str, Any], code: str | None, param: str) -> None:
    limits = {"usage_limits": {"currency": "usd", "max_amount": 1}} if len(params) == 2 or "_u" in str(params) else {}
    error = StripeMerchant().post(RESOURCE["create_granted_token"], **{**limits, **params}).error
    assert (error.get("code"), error.get("param")) == (code, param)


def test_another_merchants_token_does_not_exist() -> None:
    token, other = granted()["id"], StripeMerchant("other")
    assert wrong(other.create(payment_method=None, confirm=True, **{TOP: token})) == (
        400, "invalid_request_error", "resource_missing", TOP,
    )  # fmt: skip
