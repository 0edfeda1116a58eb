"""POST /v1/sources: a card that can be charged once, or attached to a customer, in Stripe's oldest form of a method."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import (
    ATTACH_PAYMENT_METHOD,
    CREATE_CHARGE,
    CREATE_CUSTOMER_SOURCE,
    CREATE_SOURCE,
    DELETE_CUSTOMER_SOURCE,
    GET_PAYMENT_METHOD,
    GET_SOURCE,
    LIST_CUSTOMER_SOURCES,
    UPDATE_SOURCE,
)
from tests.stripe_api.handlers.setup_intents.setups import create as create_setup
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.saved_cards import customer, sources
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import TYPED, StripeMerchant, done, wrong
from tests.support.worlds import table_snapshot

NUMBER = TYPED["number"]
OWNER = {"name": "Jenny Rosen", "email": "jenny@example.com", "address": {"postal_code": "90210"}}
CONSUMED = "The reusable source you provided is consumed because"


def source(**params: Any) -> dict[str, Any]:
    shop = StripeMerchant()
    return done(shop.post(CREATE_SOURCE, **{"type": "card", "card": TYPED, **params}))


def charge(name: str, **params: Any) -> StripeReply:
    return StripeMerchant().post(CREATE_CHARGE, **{"amount": 10_00, "currency": "usd", "source": name, **params})


def shown(name: str) -> dict[str, Any]:
    return done(StripeMerchant().get(GET_SOURCE, name))


def test_a_source_of_a_card() -> None:
    made = source(owner=OWNER, metadata={"order": "7"}, currency="USD", usage="reusable")
    assert {name: made[name] for name in ("type", "status", "flow", "usage", "currency", "amount", "metadata")} == {
        "type": "card",
        "status": "chargeable",
        "flow": "none",
        "usage": "reusable",
        "currency": "usd",
        "amount": None,
        "metadata": {"order": "7"},
    }
    assert made["id"].startswith("src_")
    assert made["client_secret"].startswith("src_client_secret_")
    assert "customer" not in made
    assert (made["owner"]["name"], made["owner"]["address"]["postal_code"]) == ("Jenny Rosen", "90210")
    card = made["card"]
    assert (card["brand"], card["last4"], card["cvc_check"], card["address_zip_check"]) == (
        "Visa",
        "4242",
        "unchecked",
        "unchecked",
    )
    assert shown(made["id"]) == made
    assert str(NUMBER) not in str(table_snapshot.items())


def test_a_token_becomes_a_source() -> None:
    token = StripeMerchant().token(name="Jenny Rosen", address_zip="94107")
    made = source(card=None, token=token, owner={"name": "Ada Rowe", "email": "ada@example.com"})
    owner = made["owner"]
    assert (owner["name"], owner["email"], owner["address"]["postal_code"]) == (
        "Jenny Rosen",
        "ada@example.com",
        "94107",
    )
    again = StripeMerchant().post(CREATE_SOURCE, type="card", token=token)
    assert wrong(again) == (400, "invalid_request_error", "token_already_used", "token")
    assert source(card=None, token="tok_mastercard")["card"]["brand"] == "MasterCard"


def test_the_same_key_gets_the_first_answer() -> None:
    send = {"type": "card", "card": TYPED, "key": "k"}
    first = StripeMerchant().post(CREATE_SOURCE, **send)
    done(charge(done(first)["id"]))
    assert StripeMerchant().post(CREATE_SOURCE, **send).text == first.text


@pytest.mark.parametrize("params, code, param", [
    ({"type": None}, "parameter_missing", "type"),
    ({"type": "ideal"}, None, "type"),
    ({"type": "cash"}, None, "type"),
    ({"card": None}, "parameter_missing", "card"),
    ({"token": "tok_visa"}, None, "token"),
    ({"card": None, "token": "tok_nobody"}, "resource_missing", "token"),
    ({"card": {"exp_month": 12, "exp_year": 2040}}, "parameter_missing", "card[number]"),
    ({"card": TYPED | {"number": "4242424242424241"}}, "incorrect_number", "card[number]"),
    ({"card": TYPED | {"exp_year": 2020}}, "invalid_expiry_year", "card[exp_year]"),
    ({"card": TYPED | {"number": "4539578763621486"}}, "card_declined", "card[number]"),
    ({"usage": "single_use"}, None, "usage"),
    ({"flow": "redirect"}, None, "flow"),
    ({"amount": 10_00}, "parameter_unknown", "amount"),
    ({"customer": "cus_1"}, "parameter_unknown", "customer"),
])  # fmt: skip
def test_refusals(params: dict[str, Any], code: str | None, param: str) -> None:
    sent = {"type": "card", "card": TYPED, **params}
    error = StripeMerchant().post(CREATE_SOURCE, **{name: value for name, value in sent.items() if value}).error
    assert (error.get("code"), error.get("param")) == (code, param)


def test_other_types_are_refused_by_name() -> None:
    error = StripeMerchant().post(CREATE_SOURCE, type="sepa_debit").error
    assert error["message"].startswith("`sepa_debit` is a Stripe value of `type` that this sandbox does not simulate")


def test_a_source_without_a_customer_is_charged_once() -> None:
    name = source(owner=OWNER)["id"]
    first = charge(name, key="k")
    paid = done(first)
    assert (paid["payment_method"], paid["billing_details"]["email"]) == (name, "jenny@example.com")
    assert (paid["source"]["object"], paid["source"]["status"]) == ("source", "consumed")
    assert (paid["source"]["card"]["cvc_check"], paid["source"]["card"]["address_zip_check"]) == ("pass", "pass")
    assert paid["source"] == shown(name) | {"card": paid["source"]["card"]}
    assert charge(name, key="k").text == first.text
    jenny = customer(StripeMerchant())
    for again in (charge(name), charge(name, customer=jenny)):
        assert wrong(again) == (400, "invalid_request_error", None, "source")
        assert again.error["message"].startswith(CONSUMED)
    refused = StripeMerchant().post(CREATE_CUSTOMER_SOURCE, jenny, source=name)
    assert (refused.status, refused.error["param"]) == (400, "source")
    assert StripeMerchant().create(payment_method=name, confirm=True).status == 400


def test_an_updated_source_is_charged_once_too() -> None:
    name = source()["id"]
    for order in "78":
        done(StripeMerchant().post(UPDATE_SOURCE, name, metadata={"order": order}))
    assert done(charge(name))["source"]["metadata"] == {"order": "8"}
    assert charge(name).error["message"].startswith(CONSUMED)


def test_a_source_of_a_customer_is_charged_with_the_customer() -> None:
    shop, jenny, name = StripeMerchant(), customer(StripeMerchant()), source()["id"]
    saved = done(shop.post(CREATE_CUSTOMER_SOURCE, jenny, source=name))
    assert (saved["id"], saved["object"], saved["customer"], saved["status"]) == (name, "source", jenny, "chargeable")
    for _ in range(2):
        paid = done(charge(name, customer=jenny))
        assert (paid["source"]["id"], paid["source"]["status"], paid["customer"]) == (name, "chargeable", jenny)
    alone = charge(name)
    assert wrong(alone) == (400, "invalid_request_error", None, "source")
    assert jenny in alone.error["message"]
    assert sources(shop, jenny) == [name]
    assert done(shop.get(LIST_CUSTOMER_SOURCES, jenny, object="card"))["data"] == []
    assert done(shop.get(LIST_CUSTOMER_SOURCES, jenny, object="source"))["data"][0]["object"] == "source"
    deleted = shop.ask(DELETE_CUSTOMER_SOURCE, (jenny, name))
    assert (done(deleted)["status"], "customer" in deleted.json) == ("consumed", False)
    assert shown(name)["status"] == "consumed"
    assert charge(name).error["message"].startswith(CONSUMED)
    assert shop.post(CREATE_CUSTOMER_SOURCE, jenny, source=name).status == 400


def test_a_new_source_takes_the_place_of_a_customers_default() -> None:
    shop, jenny = StripeMerchant(), customer(StripeMerchant(), source=source()["id"])
    second = source()["id"]
    sent: dict[str, Any] = {"source": second, "expand": ["default_source", "sources"], "key": "k"}
    changed = shop.post(RESOURCE["update_stripe_customer"], jenny, **sent)
    assert (done(changed)["default_source"]["object"], changed.json["default_source"]["id"]) == ("source", second)
    assert [each["id"] for each in changed.json["sources"]["data"]] == [second]
    assert shop.post(RESOURCE["update_stripe_customer"], jenny, **sent).text == changed.text
    paid = done(shop.post(CREATE_CHARGE, amount=1_00, currency="usd", customer=jenny))
    assert paid["source"]["id"] == second


def test_a_source_is_a_payment_method() -> None:
    shop, name = StripeMerchant(), source(owner=OWNER)["id"]
    method = done(shop.get(GET_PAYMENT_METHOD, name))
    assert (method["id"], method["object"], method["billing_details"]["name"]) == (
        name,
        "payment_method",
        "Jenny Rosen",
    )
    paid = shop.paid(payment_method=name)
    assert (paid["status"], paid["payment_method"], shown(name)["status"]) == ("succeeded", name, "consumed")
    jenny, other = customer(StripeMerchant()), source()["id"]
    done(shop.post(ATTACH_PAYMENT_METHOD, other, customer=jenny))
    for _ in range(2):
        assert shop.paid(payment_method=other, customer=jenny)["status"] == "succeeded"
    saved = source()["id"]
    shop.paid(payment_method=saved, customer=jenny, setup_future_usage="off_session")
    assert shown(saved)["customer"] == jenny
    third = source()["id"]
    setup = done(create_setup(payment_method=third, customer=jenny, confirm=True))
    assert (setup["status"], shown(third)["customer"]) == ("succeeded", jenny)


@pytest.mark.parametrize("number, code", [
    ("4000000000000002", "generic_decline"),
    ("4000000000009995", "insufficient_funds"),
])  # fmt: skip
def test_a_card_that_its_bank_declines(number: str, code: str) -> None:
    name = source(card=TYPED | {"number": number})["id"]
    declined = charge(name)
    assert (declined.status, declined.error["decline_code"]) == (402, code)
    other, jenny = source(card=TYPED | {"number": number})["id"], customer(StripeMerchant())
    refused = StripeMerchant().post(CREATE_CUSTOMER_SOURCE, jenny, source=other)
    assert (refused.status, refused.error["decline_code"]) == (402, code)
