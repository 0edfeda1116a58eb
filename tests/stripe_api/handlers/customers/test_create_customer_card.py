"""POST /v1/customers/{id}/cards: a card by its number, of which only what is shown is stored."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import (
    CREATE_CUSTOMER_CARD,
    CREATE_CUSTOMER_SOURCE,
    GET_CUSTOMER_SOURCE,
    GET_PAYMENT_METHOD,
)
from tests.support.clients.saved_cards import customer, listed, sources
from tests.support.clients.stripe_merchant import TYPED, StripeMerchant, done, wrong

CARD = {**TYPED, "object": "card"}
HOME = {"name": "Jenny Rosen", "address_line1": "510 Townsend St", "address_city": "San Francisco"}


def test_a_card_is_saved_with_its_address(shop: StripeMerchant, jenny: str) -> None:
    card = done(shop.post(CREATE_CUSTOMER_CARD, jenny, source=CARD | HOME, metadata={"wallet": "blue"}))
    assert card["id"].startswith("card_")
    assert {name: card[name] for name in HOME} == HOME
    assert (card["address_zip"], card["address_line1_check"], card["cvc_check"]) == (None, "unchecked", "unchecked")
    assert (card["metadata"], card["customer"]) == ({"wallet": "blue"}, jenny)
    assert done(shop.get(GET_CUSTOMER_SOURCE, (jenny, card["id"]))) == card
    details = done(shop.get(GET_PAYMENT_METHOD, card["id"]))["billing_details"]
    assert (details["name"], details["address"]["city"], details["address"]["state"]) == (
        "Jenny Rosen", "San Francisco", None,
    )  # fmt: skip
    assert listed(shop, jenny) == sources(shop, jenny) == [card["id"]]
    paid = shop.paid(payment_method=card["id"], customer=jenny)
    assert (paid["status"], paid["payment_method"]) == ("succeeded", card["id"])


def test_both_paths_take_both_forms(shop: StripeMerchant, jenny: str) -> None:
    for route in (CREATE_CUSTOMER_CARD, CREATE_CUSTOMER_SOURCE):
        for source in (CARD, "tok_visa", shop.token()):
            first = shop.post(route, jenny, source=source, key=f"{route.name} {source}")
            assert done(first)["last4"] == "4242"
            assert shop.post(route, jenny, source=source, key=f"{route.name} {source}").text == first.text
    assert len(sources(shop, jenny)) == 6


@pytest.mark.parametrize("sent, status, code, param", [
    ({"object": "bank_account"}, 400, None, "source[object]"),
    ({"object": None}, 400, "parameter_missing", "source[object]"),
    ({"number": None}, 400, "parameter_missing", "source[number]"),
    ({"number": "42"}, 402, "incorrect_number", "source[number]"),
    ({"number": "4242424242424241"}, 402, "incorrect_number", "source[number]"),
    ({"number": "4539578763621486"}, 402, "card_declined", "source[number]"),
    ({"number": "4000000000000002"}, 402, "card_declined", None),
    ({"exp_month": None}, 400, "parameter_missing", "source[exp_month]"),
    ({"exp_month": "13"}, 402, "invalid_expiry_month", "source[exp_month]"),
    ({"exp_year": "2020"}, 402, "invalid_expiry_year", "source[exp_year]"),
    ({"cvc": "1234"}, 402, "invalid_cvc", "source[cvc]"), ({"cvc": "1"}, 402, "invalid_cvc", "source[cvc]"),
    ({"currency": "usd"}, 400, "parameter_unknown", "source[currency]"),
])  # fmt: skip
def test_what_is_refused(
    shop: StripeMerchant, jenny: str, sent: Any, status: int, code: str | None, param: str | None
) -> None:
    source = {name: value for name, value in (CARD | sent).items() if value is not None}
    kind = "card_error" if status == 402 else "invalid_request_error"
    assert wrong(shop.post(CREATE_CUSTOMER_CARD, jenny, source=source)) == (status, kind, code, param)
    assert sources(shop, jenny) == []


def test_another_customer_has_no_part_of_it(shop: StripeMerchant, jenny: str) -> None:
    card = done(shop.post(CREATE_CUSTOMER_CARD, jenny, source=CARD))["id"]
    assert wrong(shop.get(GET_CUSTOMER_SOURCE, (customer(shop), card)))[0] == 404
