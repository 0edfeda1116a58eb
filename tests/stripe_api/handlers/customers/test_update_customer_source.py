"""POST /v1/customers/{id}/sources/{source}: the fields of a card, in those of its payment method."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_CUSTOMER_SOURCE, GET_PAYMENT_METHOD, UPDATE_CUSTOMER_SOURCE
from tests.support.clients.saved_cards import attached, customer, saved
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

HOME = {"address_line1": "1 Road", "address_city": "Berlin", "address_zip": "10115", "name": "Jenny"}


def test_fields_of_a_card(shop: StripeMerchant, jenny: str) -> None:
    card = saved(shop, jenny)
    of = (jenny, card)
    changed = done(shop.post(UPDATE_CUSTOMER_SOURCE, of, **HOME, exp_month=2, exp_year=44, metadata={"a": "1"}))
    assert {name: changed[name] for name in HOME} == HOME
    assert (changed["exp_month"], changed["exp_year"], changed["metadata"]) == (2, 2044, {"a": "1"})
    less = done(shop.post(UPDATE_CUSTOMER_SOURCE, of, address_line1="", name="", metadata=""))
    assert (less["address_line1"], less["address_city"], less["name"], less["metadata"]) == (None, "Berlin", None, {})
    assert done(shop.get(GET_CUSTOMER_SOURCE, of)) == less
    method = done(shop.get(GET_PAYMENT_METHOD, card))
    assert (method["billing_details"]["address"]["postal_code"], method["card"]["exp_year"]) == ("10115", 2044)


def test_a_replay_is_the_first_answer(shop: StripeMerchant, jenny: str) -> None:
    of = (jenny, saved(shop, jenny))
    first = shop.post(UPDATE_CUSTOMER_SOURCE, of, key="k", name="Jenny")
    done(shop.post(UPDATE_CUSTOMER_SOURCE, of, name="Jen"))
    assert shop.post(UPDATE_CUSTOMER_SOURCE, of, key="k", name="Jenny").text == first.text


@pytest.mark.parametrize("params, param", [
    ({"exp_year": 2020, "exp_month": 1}, "exp_year"), ({"exp_month": 13}, "exp_month"), ({"number": "1"}, "number"),
])  # fmt: skip
def test_refusals(shop: StripeMerchant, jenny: str, params: dict[str, Any], param: str) -> None:
    refused = shop.post(UPDATE_CUSTOMER_SOURCE, (jenny, saved(shop, jenny)), **params)
    assert (refused.status, refused.error["param"]) == (400, param)


def test_only_its_customers(shop: StripeMerchant, jenny: str) -> None:
    card = saved(shop, customer(shop))
    for of in ((jenny, card), (jenny, "card_1"), (jenny, attached(shop, jenny))):
        assert wrong(shop.post(UPDATE_CUSTOMER_SOURCE, of, name="Jen")) == missing("id")
