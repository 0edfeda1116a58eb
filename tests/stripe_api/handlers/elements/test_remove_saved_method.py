"""POST /v1/elements/payment_methods/{id}/detach: a page removes a card as its customer session allows."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import CREATE_CONFIRMATION_TOKEN_OF_PAGE, LIST_PAYMENT_METHODS, REMOVE_SAVED_METHOD
from tests.stripe_api.handlers.elements.customer_sessions import PAGE, SHOP, card_of, session
from tests.support.clients.saved_cards import customer, listed
from tests.support.clients.stripe_merchant import TYPED, StripeReply, done, wrong

SECRET = "customer_session_client_secret"
REMOVES: dict[str, Any] = {"payment_method_redisplay": "enabled", "payment_method_remove": "enabled"}
SHOWS: dict[str, Any] = {"payment_method_redisplay": "enabled"}


def removed(card: str, secret: str, **params: Any) -> StripeReply:
    return PAGE.post(REMOVE_SAVED_METHOD, card, **{SECRET: secret}, **params)


def test_a_page_removes_a_card_once() -> None:
    jenny = customer(SHOP)
    card, secret = card_of(jenny), session(jenny, **REMOVES)
    first = removed(card, secret, key="k")
    assert (done(first)["customer"], listed(SHOP, jenny)) == (None, [])
    assert removed(card, secret, key="k").text == first.text
    assert removed(card, secret).status in {400, 403}


@pytest.mark.parametrize(
    "features, redisplay, status",
    [({}, "always", 403), (SHOWS, "always", 403), (REMOVES, "limited", 400), (REMOVES, "unspecified", 400)],
)
def test_a_page_removes_nothing_else(features: dict[str, Any], redisplay: str, status: int) -> None:
    jenny = customer(SHOP)
    card = card_of(jenny, redisplay)
    assert removed(card, session(jenny, **features)).status == status
    assert listed(SHOP, jenny) == [card]


def test_a_page_removes_no_card_of_another_customer() -> None:
    jenny, jo = customer(SHOP), customer(SHOP)
    card = card_of(jo)
    assert removed(card, session(jenny, **REMOVES)).status == 403
    assert PAGE.post(REMOVE_SAVED_METHOD, card).error["param"] == SECRET
    assert listed(SHOP, jo) == [card]


def test_a_card_that_a_confirmation_saves_is_shown_afterwards() -> None:
    """What the payer has allowed is kept with the attempt."""
    jenny = customer(SHOP)
    data = {"type": "card", "card": TYPED, "allow_redisplay": "always"}
    intent = done(SHOP.create(customer=jenny, setup_future_usage="off_session"))
    done(SHOP.confirm(intent["id"], payment_method_data=data))
    token = done(
        PAGE.post(CREATE_CONFIRMATION_TOKEN_OF_PAGE, payment_method_data=data, setup_future_usage="off_session")
    )
    done(SHOP.create(confirmation_token=token["id"], confirm=True, customer=jenny))
    methods = done(SHOP.get(LIST_PAYMENT_METHODS, customer=jenny))["data"]
    assert [method["allow_redisplay"] for method in methods] == ["always", "always"]


def test_a_page_makes_a_confirmation_token_of_a_card_that_is_shown() -> None:
    jenny, jo = customer(SHOP), customer(SHOP)
    card, other, secret = card_of(jenny), card_of(jo), session(jenny, **SHOWS)

    def token(name: str, **params: Any) -> StripeReply:
        return PAGE.post(CREATE_CONFIRMATION_TOKEN_OF_PAGE, payment_method=name, **params)

    assert wrong(token(card)) == (400, "invalid_request_error", "parameter_missing", SECRET)
    assert token(other, **{SECRET: secret}).error["param"] == "payment_method"
    assert token(card, **{SECRET: session(jenny)}).status == 403
    made = done(token(card, **{SECRET: secret}))
    assert made["payment_method_preview"]["card"]["last4"] == "4242"
    paid = done(SHOP.create(confirmation_token=made["id"], confirm=True, customer=jenny))
    assert (paid["status"], paid["payment_method"]) == ("succeeded", card)
