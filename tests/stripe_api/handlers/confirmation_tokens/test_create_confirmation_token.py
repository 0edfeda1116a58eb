"""POST /v1/test_helpers/confirmation_tokens, and how intents use a confirmation token: once."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.stripe_api.routes import CONFIRM_SETUP_INTENT, DETACH_PAYMENT_METHOD, GET_PAYMENT_METHOD
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.saved_cards import attached, customer
from tests.support.clients.stripe_merchant import DECLINED, TYPED, VISA, StripeMerchant, done, wrong
from tests.support.worlds import table_snapshot
from tests.support.worlds.handlers import Clock

SHIPPING: dict[str, Any] = {"name": "Jenny Rosen", "address": {"line1": "510 Townsend St", "postal_code": "94103"}}
DATA: dict[str, Any] = {"type": "card", "card": TYPED, "billing_details": {"name": "Jenny Rosen"}}
INVALID = (400, "invalid_request_error", None)


def created(**params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(RESOURCE["create_confirmation_token"], **params))


def shown(name: str, **params: Any) -> dict[str, Any]:
    return done(StripeMerchant().get(RESOURCE["get_confirmation_token"], name, **params))


def setup(shop: StripeMerchant, **params: Any) -> dict[str, Any]:
    return done(shop.post(RESOURCE["create_setup_intent"], **params))


def test_a_token_of_a_card() -> None:
    how = {"return_url": "https://shop.example/after", "setup_future_usage": "off_session", "shipping": SHIPPING}
    token = created(payment_method_data=DATA, **how)
    assert token["id"].startswith("ctoken_")
    assert token["expires_at"] - token["created"] == 12 * 60 * 60
    assert (token["payment_intent"], token["setup_intent"], token["use_stripe_sdk"]) == (None, None, True)
    preview = token["payment_method_preview"]
    assert (preview["type"], preview["card"]["last4"], preview["customer"]) == ("card", "4242", None)
    assert preview["billing_details"]["name"] == "Jenny Rosen"
    assert (token["return_url"], token["setup_future_usage"]) == ("https://shop.example/after", "off_session")
    assert (token["shipping"]["name"], token["shipping"]["address"]["city"]) == ("Jenny Rosen", None)
    assert shown(token["id"]) == token
    assert TYPED["number"] not in str(table_snapshot.items())


def test_a_new_intent_is_confirmed_as_its_token_says() -> None:
    how = {"return_url": "https://shop.example/after", "setup_future_usage": "off_session", "shipping": SHIPPING}
    token, jenny = created(payment_method_data=DATA, **how)["id"], customer(StripeMerchant())
    automatic = {"enabled": True}
    intent = done(StripeMerchant().create(
        confirmation_token=token, confirm=True, customer=jenny, automatic_payment_methods=automatic, key="k",
    ))  # fmt: skip
    assert (intent["status"], intent["setup_future_usage"]) == ("succeeded", "off_session")
    assert intent["shipping"]["name"] == "Jenny Rosen"
    saved = done(StripeMerchant().get(GET_PAYMENT_METHOD, intent["payment_method"]))
    assert (saved["customer"], saved["card"]["last4"]) == (jenny, "4242")
    assert shown(token)["payment_intent"] == intent["id"]
    again = StripeMerchant().create(
        confirmation_token=token, confirm=True, customer=jenny, automatic_payment_methods=automatic, key="k",
    )  # fmt: skip
    assert done(again) == intent


@pytest.mark.parametrize("named", [{"payment_method": DECLINED}, {"payment_method_data": DATA | {"card": TYPED | {
    "number": "4000000000000002"}}}])  # fmt: skip
def test_what_the_request_names_has_precedence(named: dict[str, Any]) -> None:
    token = created(payment_method=VISA, setup_future_usage="off_session")["id"]
    declined = StripeMerchant().create(confirmation_token=token, confirm=True, setup_future_usage="on_session", **named)
    assert (declined.status, declined.error["code"]) == (402, "card_declined")
    assert declined.error["payment_intent"]["setup_future_usage"] == "on_session"
    assert shown(token)["payment_intent"] == declined.error["payment_intent"]["id"]


def test_a_token_is_used_once() -> None:
    token, shop = created(payment_method=VISA)["id"], StripeMerchant()
    intent = shop.opened(payment_method=None)["id"]
    assert done(shop.confirm(intent, confirmation_token=token, key="k"))["status"] == "succeeded"
    assert done(shop.confirm(intent, confirmation_token=token, key="k"))["status"] == "succeeded"
    other = shop.opened(payment_method=None)["id"]
    for again in (
        shop.create(confirmation_token=token, confirm=True),
        shop.confirm(other, confirmation_token=token),
        shop.post(RESOURCE["create_setup_intent"], confirmation_token=token, confirm=True),
    ):
        assert wrong(again) == (*INVALID, "confirmation_token")
        assert again.error["message"] == f"The ConfirmationToken {token} has already been used. It can be used once."
    assert shown(token)["payment_intent"] == intent


def test_a_second_attempt_needs_another_token() -> None:
    token, shop = created(payment_method=DECLINED)["id"], StripeMerchant()
    intent = shop.opened(payment_method=None)["id"]
    assert shop.confirm(intent, confirmation_token=token).status == 402
    assert wrong(shop.confirm(intent, confirmation_token=token)) == (*INVALID, "confirmation_token")


def test_a_request_that_is_refused_before_has_not_used_it() -> None:
    token, shop = created(payment_method=VISA)["id"], StripeMerchant()
    ended = shop.paid()["id"]
    assert shop.confirm(ended, confirmation_token=token).status == 400
    assert shop.create(confirmation_token=token).error["param"] == "confirmation_token"
    automatic = {"enabled": True}
    assert shop.create(confirmation_token=token, confirm=True, automatic_payment_methods=automatic).status == 400
    assert shown(token)["payment_intent"] is None


def test_a_token_expires(clock: Clock) -> None:
    token = created(payment_method=VISA)["id"]
    clock.advance(timedelta(hours=12))
    for late in (
        StripeMerchant().create(confirmation_token=token, confirm=True),
        StripeMerchant().post(RESOURCE["create_setup_intent"], confirmation_token=token, confirm=True),
    ):
        assert wrong(late) == (*INVALID, "confirmation_token")
        assert "has expired" in late.error["message"]


def test_a_saved_card_pays_for_its_customer_alone() -> None:
    shop = StripeMerchant()
    jenny, other = customer(shop), customer(shop)
    method = attached(shop, jenny)
    token = created(payment_method=method)
    assert token["payment_method_preview"]["customer"] == jenny
    expanded = shown(token["id"], expand=["payment_method_preview.customer"])
    assert expanded["payment_method_preview"]["customer"]["id"] == jenny
    for whose in ({}, {"customer": other}):
        assert shop.create(confirmation_token=token["id"], confirm=True, **whose).status == 400
    paid = done(shop.create(confirmation_token=token["id"], confirm=True, customer=jenny))
    assert paid["payment_method"] == method
    later = created(payment_method=method)["id"]
    done(shop.post(DETACH_PAYMENT_METHOD, method))
    assert shop.create(confirmation_token=later, confirm=True, customer=jenny).status == 400


def test_a_setup_intent_saves_the_card_of_a_token() -> None:
    shop = StripeMerchant()
    jenny = customer(shop)
    token = created(payment_method_data=DATA | {"metadata": {"a": "1"}})["id"]
    made = setup(shop, customer=jenny, confirm=True, confirmation_token=token)
    method = done(shop.get(GET_PAYMENT_METHOD, made["payment_method"]))
    assert (made["status"], method["customer"], method["metadata"]) == ("succeeded", jenny, {"a": "1"})
    assert method["billing_details"]["name"] == "Jenny Rosen"
    assert (shown(token)["setup_intent"], shown(token)["payment_intent"]) == (made["id"], None)


def test_a_page_confirms_a_setup_intent_with_a_token() -> None:
    shop, page = StripeMerchant(), StripeMerchant(kind="publishable")
    token = created(payment_method=DECLINED)["id"]
    made = setup(shop)
    declined = page.post(
        CONFIRM_SETUP_INTENT, made["id"], confirmation_token=token, client_secret=made["client_secret"]
    )
    assert (declined.status, declined.error["code"]) == (402, "card_declined")
    again = shop.post(CONFIRM_SETUP_INTENT, made["id"], confirmation_token=token)
    assert wrong(again) == (*INVALID, "confirmation_token")


@pytest.mark.parametrize("params, code, param", [
    ({}, "parameter_missing", "payment_method"),
    ({"payment_method": VISA, "payment_method_data": DATA}, None, "payment_method_data"),
    ({"payment_method": "pm_unknown"}, "resource_missing", "payment_method"),
    ({"payment_method_data": {"type": "card", "card": {"exp_month": 12}}}, "parameter_missing",
     "payment_method_data[card][number]"),
    ({"payment_method": VISA, "return_url": "no url"}, "url_invalid", "return_url"),
    ({"payment_method": VISA, "metadata": {"a": "1"}}, "parameter_unknown", "metadata"),
])  # fmt: skip
def test_refusals(params: dict[str, Any], code: str | None, param: str) -> None:
    error = StripeMerchant().post(RESOURCE["create_confirmation_token"], **params).error
    assert (error.get("code"), error.get("param")) == (code, param)


def test_a_used_card_makes_no_token() -> None:
    paid = StripeMerchant().paid()["payment_method"]
    assert wrong(StripeMerchant().post(RESOURCE["create_confirmation_token"], payment_method=paid)) == (
        *INVALID,
        "payment_method",
    )


def test_another_merchants_token_does_not_exist() -> None:
    token, other = created(payment_method=VISA)["id"], StripeMerchant("other")
    assert other.get(RESOURCE["get_confirmation_token"], token).status == 404
    assert wrong(other.create(confirmation_token=token, confirm=True)) == (
        400, "invalid_request_error", "resource_missing", "confirmation_token",
    )  # fmt: skip
