"""POST /v1/payment_methods/{method}: refused in Stripe's words without a customer."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_PAYMENT_METHOD, UPDATE_PAYMENT_METHOD
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.saved_cards import attached, customer
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

INVALID = "invalid_request_error"
MESSAGE = "You must save this PaymentMethod to a customer before you can update it."


@pytest.mark.parametrize(
    "of, params",
    [
        ("a card", {}),
        ("a card", {"metadata": {"a": "1"}}),
        ("a card", {"metadata": ""}),
        ("a card", {"card": {"exp_month": 1, "exp_year": 2041}}),
        ("a card", {"billing_details": {"name": "Ada", "address": {"postal_code": "10115"}}}),
        ("a card", {"allow_redisplay": "always"}),
        ("an intent", {"metadata": {"a": "1"}}),
    ],
)
def test_a_payment_method_without_a_customer_is_not_updated(of: str, params: dict[str, Any]) -> None:
    method = StripeMerchant().card()["id"] if of == "a card" else StripeMerchant().paid()["payment_method"]
    before = done(StripeMerchant().get(GET_PAYMENT_METHOD, method))
    reply = StripeMerchant().post(UPDATE_PAYMENT_METHOD, method, **params)
    assert (wrong(reply), reply.error["message"]) == ((400, INVALID, None, None), MESSAGE)
    assert done(StripeMerchant().get(GET_PAYMENT_METHOD, method)) == before


@pytest.mark.parametrize(
    "params, param", [({"customer": "cus_1"}, "customer"), ({"card": {"number": "4242424242424242"}}, "card[number]")]
)
def test_an_unknown_parameter_is_named(params: dict[str, Any], param: str) -> None:
    method = StripeMerchant().card()["id"]
    assert wrong(StripeMerchant().post(UPDATE_PAYMENT_METHOD, method, **params))[2:] == ("parameter_unknown", param)


def test_unknown_payment_methods_and_those_of_other_merchants_are_not_found() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT).card()["id"]
    for name in ("pm_" + "q" * 26, "pm_x", theirs):
        assert wrong(StripeMerchant().post(UPDATE_PAYMENT_METHOD, name, metadata={"a": "1"})) == missing("id")


def test_an_attached_payment_method_is_updated() -> None:
    shop = StripeMerchant()
    jenny = customer(shop)
    method = attached(shop, jenny)
    changes = {"metadata": {"a": "1"}, "card": {"exp_year": 41}, "billing_details": {"email": "j@example.com"}}
    updated = done(shop.post(UPDATE_PAYMENT_METHOD, method, **changes))
    assert (updated["metadata"], updated["card"]["exp_year"], updated["billing_details"]["email"]) == (
        {"a": "1"}, 2041, "j@example.com",
    )  # fmt: skip
    assert done(shop.get(GET_PAYMENT_METHOD, method)) == updated
    late = shop.post(UPDATE_PAYMENT_METHOD, method, card={"exp_month": 1, "exp_year": 2001})
    assert wrong(late)[3] == "card[exp_year]"
