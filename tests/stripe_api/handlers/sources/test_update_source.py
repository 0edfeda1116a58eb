"""POST /v1/sources/{id}: whose it is, and its metadata."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import (
    CREATE_CUSTOMER_SOURCE,
    CREATE_SOURCE,
    GET_PAYMENT_METHOD,
    UPDATE_CUSTOMER_SOURCE,
    UPDATE_SOURCE,
)
from tests.support.clients.saved_cards import customer
from tests.support.clients.stripe_merchant import TYPED, StripeMerchant, done, missing, wrong

SHOP = StripeMerchant()


def made(**params: Any) -> dict[str, Any]:
    return done(SHOP.post(CREATE_SOURCE, type="card", card=TYPED, **params))


def test_an_update_changes_what_it_names() -> None:
    name = made(owner={"name": "Jenny Rosen", "email": "jenny@example.com"}, metadata={"order": "7", "paid": "no"})[
        "id"
    ]
    first = SHOP.post(UPDATE_SOURCE, name, owner={"name": "Ada Rowe"}, metadata={"paid": ""}, key="k")
    owner = done(first)["owner"]
    assert (owner["name"], owner["email"], first.json["metadata"]) == ("Ada Rowe", "jenny@example.com", {"order": "7"})
    assert done(SHOP.post(UPDATE_SOURCE, name, metadata=""))["metadata"] == {}
    assert SHOP.post(UPDATE_SOURCE, name, owner={"name": "Ada Rowe"}, metadata={"paid": ""}, key="k").text == first.text


def test_a_source_of_a_customer_stays_one() -> None:
    name, jenny = made()["id"], customer(SHOP)
    done(SHOP.post(CREATE_CUSTOMER_SOURCE, jenny, source=name))
    changed = done(SHOP.post(UPDATE_SOURCE, name, owner={"phone": "555"}))
    assert (changed["customer"], changed["owner"]["phone"], changed["status"]) == (jenny, "555", "chargeable")
    assert done(SHOP.get(GET_PAYMENT_METHOD, name))["billing_details"]["phone"] == "555"


def test_a_customers_card_is_updated_below_the_customer() -> None:
    name, jenny = made()["id"], customer(SHOP)
    done(SHOP.post(CREATE_CUSTOMER_SOURCE, jenny, source=name, metadata={"order": "7"}))
    updated = done(SHOP.post(UPDATE_CUSTOMER_SOURCE, (jenny, name), exp_year=2044, name="Jenny Rosen"))
    assert (updated["object"], updated["card"]["exp_year"]) == ("source", 2044)
    assert (updated["owner"]["name"], updated["metadata"]) == ("Jenny Rosen", {"order": "7"})


@pytest.mark.parametrize("params, code, param", [
    ({"amount": 1}, "parameter_unknown", "amount"),
    ({"mandate": {"acceptance": {"status": "accepted"}}}, "parameter_unknown", "mandate"),
    ({"owner": {"nickname": "J"}}, "parameter_unknown", "owner[nickname]"),
])  # fmt: skip
def test_refusals(params: dict[str, Any], code: str, param: str) -> None:
    error = SHOP.post(UPDATE_SOURCE, made()["id"], **params).error
    assert (error["code"], error["param"]) == (code, param)


def test_a_payment_method_is_not_updated_as_a_source() -> None:
    assert wrong(SHOP.post(UPDATE_SOURCE, SHOP.card()["id"], metadata={"a": "b"})) == (404, *missing("source")[1:])
