"""POST /v1/tokens: a card for one use, whose number is stored nowhere."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import (
    CREATE_PAYMENT_METHOD,
    CREATE_TOKEN,
    UPDATE_PAYMENT_INTENT,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.saved_cards import attach, customer
from tests.support.clients.stripe_merchant import TYPED, VISA, StripeMerchant, done
from tests.support.worlds import table_snapshot

NUMBER = TYPED["number"]


def created(shop: StripeMerchant | None = None, **params: Any) -> dict[str, Any]:
    return done((shop or StripeMerchant()).post(CREATE_TOKEN, **params))


def shown(name: str) -> dict[str, Any]:
    return done(StripeMerchant().get(RESOURCE["get_token"], name))


def test_a_token_of_a_card() -> None:
    token = created(card=TYPED | {"address_zip": "90210", "name": "Jenny Rosen"})
    card = token["card"]
    assert (token["type"], token["used"], token["livemode"]) == ("card", False, False)
    assert (card["object"], card["brand"], card["last4"], card["exp_year"]) == ("card", "Visa", "4242", 2040)
    assert (card["cvc_check"], card["address_zip_check"], card["address_line1_check"]) == (
        "unchecked",
        "unchecked",
        None,
    )
    assert card["id"] == "card_" + token["id"].removeprefix("tok_")
    assert shown(token["id"]) == token
    assert str(NUMBER) not in str(table_snapshot.items())


def test_a_token_of_a_security_code_has_no_card() -> None:
    token = created(cvc_update={"cvc": "123"})
    assert (token["id"].partition("_")[0], token["type"], "card" in token) == ("cvctok", "cvc_update", False)
    assert shown(token["id"]) == token


def test_a_publishable_key_creates_tokens_and_sees_no_fingerprint() -> None:
    token = created(StripeMerchant(kind="publishable"), card=TYPED)
    assert "fingerprint" not in token["card"]
    assert token["id"].startswith("tok_")
    assert StripeMerchant(kind="publishable").get(RESOURCE["get_token"], token["id"]).status == 403


def test_a_token_is_used_once() -> None:
    name = StripeMerchant().token(number="5555555555554444")
    card = {"type": "card", "card": {"token": name}}
    method = done(StripeMerchant().post(CREATE_PAYMENT_METHOD, key="k", **card))
    assert (method["card"]["brand"], shown(name)["used"]) == ("mastercard", True)
    assert done(StripeMerchant().post(CREATE_PAYMENT_METHOD, key="k", **card)) == method
    for again in (
        StripeMerchant().post(CREATE_PAYMENT_METHOD, **card),
        StripeMerchant().create(payment_method_data=card, confirm=True),
    ):
        assert (again.status, again.error["code"]) == (400, "token_already_used")
        assert again.error["message"] == f"You cannot use a Stripe token more than once: {name}."


def test_a_token_pays_an_intent() -> None:
    data = {"type": "card", "card": {"token": StripeMerchant().token()}}
    assert StripeMerchant().paid(payment_method=None, payment_method_data=data)["status"] == "succeeded"


@pytest.mark.parametrize("params, code, param", [
    ({}, None, None),
    ({"card": TYPED, "cvc_update": {"cvc": "123"}}, None, None),
    ({"card": {"exp_month": 12, "exp_year": 2040}}, "parameter_missing", "card[number]"),
    ({"card": {"number": NUMBER, "exp_year": 2040}}, "parameter_missing", "card[exp_month]"),
    ({"card": TYPED | {"number": "4242424242424241"}}, "incorrect_number", "card[number]"),
    ({"card": TYPED | {"exp_year": 2020}}, "invalid_expiry_year", "card[exp_year]"),
    ({"card": TYPED | {"cvc": "1234"}}, "invalid_cvc", "card[cvc]"),
    ({"card": TYPED | {"number": "4539578763621486"}}, "card_declined", "card[number]"),
    ({"bank_account": {"country": "US"}}, "parameter_unknown", "bank_account"),
])  # fmt: skip
def test_refusals(params: dict[str, Any], code: str | None, param: str | None) -> None:
    error = StripeMerchant().post(CREATE_TOKEN, **params).error
    assert (error.get("code"), error.get("param")) == (code, param)


def test_a_token_of_a_security_code_pays_nothing() -> None:
    name = created(cvc_update={"cvc": "123"})["id"]
    refused = StripeMerchant().post(CREATE_PAYMENT_METHOD, type="card", card={"token": name})
    assert (refused.status, refused.error["code"]) == (400, "resource_missing")
    assert shown(name)["used"] is False


CVC_TOKEN = "payment_method_options[card][cvc_token]"


def code_of(name: str) -> dict[str, Any]:
    return {"payment_method_options": {"card": {"cvc_token": name}}}


@pytest.mark.parametrize("number, check", [("4242424242424242", "pass"), ("4000000000000101", "fail")])
def test_a_security_code_is_checked_once(number: str, check: str) -> None:
    shop = StripeMerchant()
    jenny = customer(shop)
    method = shop.card(card={"number": number, "exp_month": 12, "exp_year": 2040})["id"]
    done(attach(shop, method, jenny))
    how = {"customer": jenny, "payment_method": method, "expand": ["latest_charge"]}

    def checked(paid: dict[str, Any]) -> str | None:
        return paid["latest_charge"]["payment_method_details"]["card"]["checks"]["cvc_check"]

    assert checked(shop.paid(**how)) is None
    code = created(cvc_update={"cvc": "123"})["id"]
    paid = shop.paid(**how, **code_of(code), key="k")
    assert (checked(paid), shown(code)["used"]) == (check, True)
    assert "cvc_token" not in paid["payment_method_options"]["card"]
    assert shop.paid(**how, **code_of(code), key="k") == paid
    opened = shop.opened(customer=jenny, payment_method=method)["id"]
    again = shop.confirm(opened, **code_of(code))
    assert (again.error["code"], again.error["param"]) == ("token_already_used", CVC_TOKEN)
    other = created(cvc_update={"cvc": "123"})["id"]
    assert checked(done(shop.confirm(opened, expand=["latest_charge"], **code_of(other)))) == check


@pytest.mark.parametrize("name, confirm, code", [
    ("tok_visa", True, "resource_missing"),
    ("cvctok_unknown", True, "resource_missing"),
    ("cvctok_unknown", False, None),
])  # fmt: skip
def test_refusals_of_a_security_code(name: str, confirm: bool, code: str | None) -> None:
    error = StripeMerchant().create(payment_method=VISA, confirm=confirm, **code_of(name)).error
    assert (error.get("code"), error.get("param")) == (code, CVC_TOKEN)


def test_an_update_takes_no_security_code() -> None:
    intent = StripeMerchant().opened()["id"]
    error = StripeMerchant().post(UPDATE_PAYMENT_INTENT, intent, **code_of("cvctok_1")).error
    assert (error["code"], error["param"]) == ("parameter_unknown", CVC_TOKEN)
