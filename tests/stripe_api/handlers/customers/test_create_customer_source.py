"""POST /v1/customers/{id}/sources: a token's card becomes a card of the customer, in one transaction."""

from typing import Any

import pytest

from paysandbox.stripe_api.objects.stored_method import ATTACHED_MAX
from paysandbox.stripe_api.payment_methods.attaching import TOO_MANY
from paysandbox.stripe_api.routes import (
    CREATE_CHARGE,
    CREATE_CUSTOMER_SOURCE,
    CREATE_PAYMENT_METHOD,
    DETACH_PAYMENT_METHOD,
    GET_PAYMENT_METHOD,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.saved_cards import CUSTOMER, attached, customer, listed, refusal, saved, sources
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def save(shop: StripeMerchant, owner: str, source: str = "tok_visa", **params: Any) -> StripeReply:
    return shop.post(CREATE_CUSTOMER_SOURCE, owner, source=source, **params)


def shown(shop: StripeMerchant, name: str, **params: Any) -> dict[str, Any]:
    return done(shop.get(CUSTOMER["get_stripe_customer"], name, **params))


def test_a_card_of_a_token_is_a_payment_method_too(shop: StripeMerchant, jenny: str) -> None:
    token = shop.token(address_zip="90210")
    card = done(save(shop, jenny, token, metadata={"wallet": "blue"}))
    assert (card["id"], card["customer"]) == ("card_" + token.removeprefix("tok_"), jenny)
    assert (card["brand"], card["metadata"]) == ("Visa", {"wallet": "blue"})
    assert (card["address_zip_check"], card["cvc_check"]) == ("unchecked", "unchecked")
    method = done(shop.get(GET_PAYMENT_METHOD, card["id"]))
    assert (method["customer"], method["card"]["last4"], method["metadata"]) == (jenny, "4242", {"wallet": "blue"})
    assert method["card"]["fingerprint"] == card["fingerprint"]
    assert listed(shop, jenny) == sources(shop, jenny) == [card["id"]]
    paid = shop.paid(payment_method=card["id"], customer=jenny)
    assert (paid["status"], paid["payment_method"]) == ("succeeded", card["id"])


def test_the_first_is_the_default(shop: StripeMerchant, jenny: str) -> None:
    method = attached(shop, jenny)
    assert shown(shop, jenny)["default_source"] is None
    first, second = saved(shop, jenny), saved(shop, jenny, "tok_mastercard")
    assert shown(shop, jenny)["default_source"] == first
    expanded = shown(shop, jenny, expand=["default_source", "sources.data.customer"])
    assert (expanded["default_source"]["id"], expanded["default_source"]["object"]) == (first, "card")
    assert [card["id"] for card in expanded["sources"]["data"]] == sources(shop, jenny) == [second, first]
    assert expanded["sources"]["data"][0]["customer"]["id"] == jenny
    assert set(listed(shop, jenny)) == {method, first, second}


def test_a_token_is_used_once_and_by_its_key_again(shop: StripeMerchant, jenny: str) -> None:
    token = shop.token()
    first = save(shop, jenny, token, key="k")
    assert save(shop, jenny, token, key="k").text == first.text
    assert done(shop.get(RESOURCE["get_token"], token))["used"]
    for again in (
        save(shop, customer(shop), token),
        shop.post(CREATE_CHARGE, amount=10_00, currency="usd", source=token),
        shop.post(CUSTOMER["create_stripe_customer"], source=token),
    ):
        assert (again.status, again.error["code"], again.error["param"]) == (400, "token_already_used", "source")
    spent = shop.token()
    done(shop.post(CREATE_PAYMENT_METHOD, type="card", card={"token": spent}))
    assert save(shop, jenny, spent).error["code"] == "token_already_used"


def test_a_replay_is_the_first_answer(shop: StripeMerchant, jenny: str) -> None:
    first = save(shop, jenny, key="k")
    done(shop.post(DETACH_PAYMENT_METHOD, first.json["id"]))
    assert save(shop, jenny, key="k").text == first.text
    assert sources(shop, jenny) == []


@pytest.mark.parametrize("source, code", [
    ("card_1", None), ("src_1", None), ("pm_card_visa", None), ("ba_1", None),
    ("tok_nobody", "resource_missing"), ("tok_" + "a" * 26, "resource_missing"),
])  # fmt: skip
def test_other_names(shop: StripeMerchant, jenny: str, source: str, code: str | None) -> None:
    assert wrong(save(shop, jenny, source)) == (400, "invalid_request_error", code, "source")


def test_foreign_tokens_and_customers(shop: StripeMerchant, jenny: str) -> None:
    other = StripeMerchant(OTHER_MERCHANT)
    assert wrong(save(shop, jenny, other.token()))[2:] == ("resource_missing", "source")
    assert wrong(save(shop, customer(other))) == missing("id")
    gone = customer(shop)
    done(shop.ask(CUSTOMER["delete_stripe_customer"], gone))
    token = shop.token()
    assert wrong(save(shop, gone, token)) == missing("id")
    assert not done(shop.get(RESOURCE["get_token"], token))["used"]


def test_the_limit_is_of_all_payment_methods(shop: StripeMerchant, jenny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paysandbox.stripe_api.payment_methods.attaching.ATTACHED_MAX", 2)
    attached(shop, jenny)
    saved(shop, jenny)
    refused = (400, "invalid_request_error", None, "source", TOO_MANY.format(jenny))
    assert refusal(save(shop, jenny)) == refused
    # A replaced card makes room for its successor.
    done(shop.post(CUSTOMER["update_stripe_customer"], jenny, source="tok_mastercard"))
    assert ATTACHED_MAX == 100
