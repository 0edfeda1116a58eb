"""Billing details of a card: those of the payment method and of each charge, however the card came to the payment."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from paysandbox.stripe_api.routes import (
    CREATE_CHARGE,
    CREATE_TOKEN,
    GET_CHARGE,
    GET_PAYMENT_METHOD,
    LIST_CHARGES,
    UPDATE_PAYMENT_METHOD,
)
from tests.support.clients.challenges import complete
from tests.support.clients.saved_cards import attach, customer as customer_of
from tests.support.clients.stripe_merchant import TYPED, StripeMerchant, done

SHOP = StripeMerchant()
SENT = {"name": "Jenny Rosen", "email": "jenny@example.com", "address": {"postal_code": "94107", "country": "US"}}
SHOWN = {
    "name": "Jenny Rosen",
    "email": "jenny@example.com",
    "phone": None,
    "tax_id": None,
    "address": {"city": None, "country": "US", "line1": None, "line2": None, "postal_code": "94107", "state": None},
}
CHALLENGED = "4000002500003155"
DECLINED = "4000000000000002"


def typed(number: str = "4242424242424242") -> dict[str, Any]:
    return {"type": "card", "card": TYPED | {"number": number}, "billing_details": SENT}


def details_of_charges(intent: str) -> list[Any]:
    """Return the billing details of an intent's charges, oldest first."""
    charges = done(SHOP.get(LIST_CHARGES, payment_intent=intent))["data"]
    return [charge["billing_details"] for charge in reversed(charges)]


def confirmed_with_data() -> Any:
    return done(SHOP.confirm(SHOP.opened(payment_method=None)["id"], payment_method_data=typed()))


def authenticated() -> Any:
    intent = SHOP.opened(
        payment_method=None, payment_method_data=typed(CHALLENGED), confirm=True, return_url="https://shop.example"
    )
    assert complete(intent["next_action"]["redirect_to_url"]["url"]).status == 303
    return SHOP.shown(intent["id"])


def by_method() -> Any:
    return SHOP.paid(payment_method=SHOP.card(billing_details=SENT)["id"])


def saved_before() -> Any:
    customer = customer_of(SHOP)
    first = SHOP.paid(
        payment_method=None, payment_method_data=typed(), customer=customer, setup_future_usage="off_session"
    )
    saved = first["payment_method"]
    return SHOP.paid(payment_method=saved, customer=customer)


@pytest.mark.parametrize(
    "pay",
    [
        lambda: SHOP.paid(payment_method=None, payment_method_data=typed()),
        confirmed_with_data,
        authenticated,
        by_method,
        saved_before,
    ],
    ids=["created with the card", "confirmed with the card", "3-D Secure", "a payment method", "a saved card"],
)
def test_payment_method_and_charge_have_them(pay: Callable[[], Any]) -> None:
    intent = pay()
    assert intent["status"] == "succeeded"
    assert done(SHOP.get(GET_PAYMENT_METHOD, intent["payment_method"]))["billing_details"] == SHOWN
    charge = done(SHOP.get(GET_CHARGE, intent["latest_charge"]))
    assert charge["billing_details"] == SHOWN


def test_each_charge_has_those_of_its_own_card() -> None:
    """A declined card's stay with its charge, and the next card brings its own, or none."""
    intent = SHOP.opened(payment_method=None)["id"]
    assert SHOP.confirm(intent, payment_method_data=typed(DECLINED)).status == 402
    done(SHOP.confirm(intent, payment_method="pm_card_visa"))
    first, second = details_of_charges(intent)
    assert (first, second["name"], second["address"]["country"]) == (SHOWN, None, None)


def test_a_charge_keeps_what_its_card_had() -> None:
    """The payment method may be changed afterwards."""
    customer = customer_of(SHOP)
    card = SHOP.card(billing_details=SENT)["id"]
    done(attach(SHOP, card, customer))
    intent = SHOP.paid(payment_method=card, customer=customer)
    done(SHOP.post(UPDATE_PAYMENT_METHOD, card, billing_details={"name": "Jo Doe"}))
    assert details_of_charges(intent["id"]) == [SHOWN]
    later = SHOP.paid(payment_method=card, customer=customer)
    assert [each["name"] for each in details_of_charges(later["id"])] == ["Jo Doe"]


def test_a_charge_of_a_token_has_its_name_and_address() -> None:
    """The token's card shows them, and so does the charge's."""
    token = done(SHOP.post(CREATE_TOKEN, card=TYPED | {"name": "Jenny Rosen", "address_zip": "94107"}))
    charge = done(SHOP.post(CREATE_CHARGE, amount=10_00, currency="usd", source=token["id"]))
    for card in (token["card"], charge["source"]):
        assert (card["name"], card["address_zip"], card["address_city"]) == ("Jenny Rosen", "94107", None)
    details = charge["billing_details"]
    assert (details["name"], details["address"]["postal_code"], details["email"]) == ("Jenny Rosen", "94107", None)


def test_none_were_sent() -> None:
    charge = done(SHOP.get(GET_CHARGE, SHOP.paid()["latest_charge"]))
    assert json.dumps(charge["billing_details"]).count("null") == 10
