"""GET /v1/elements/sessions: the saved cards of a customer, by the client secret of a customer session."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_ELEMENTS_SESSION
from tests.stripe_api.handlers.elements.customer_sessions import PAGE, SHOP, card_of, session
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.saved_cards import customer
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.worlds.handlers import Clock

SECRET = "customer_session_client_secret"
INVALID = (400, "invalid_request_error", None, SECRET)


def shown(secret: str) -> list[str]:
    body = done(PAGE.get(GET_ELEMENTS_SESSION, **{SECRET: secret}))
    return [method["id"] for method in body["customer"]["payment_methods"]]


def test_a_page_sees_the_features_and_the_cards_of_the_customer() -> None:
    jenny = customer(SHOP)
    card = card_of(jenny)
    body = done(PAGE.get(GET_ELEMENTS_SESSION, **{SECRET: session(jenny, payment_method_redisplay="enabled")}))
    of_session = body["customer"]["customer_session"]
    assert (body["object"], of_session["customer"]) == ("elements_session", jenny)
    assert of_session["components"]["payment_element"]["features"]["payment_method_remove"] == "disabled"
    [method] = body["customer"]["payment_methods"]
    assert (method["id"], method["card"]["last4"]) == (card, "4242")
    assert "fingerprint" not in method["card"]
    assert "client_secret" not in str(body)


@pytest.mark.parametrize(
    "features, expected",
    [
        ({}, []),
        ({"payment_method_redisplay": "disabled"}, []),
        ({"payment_method_redisplay": "enabled"}, ["always"]),
        ({"payment_method_allow_redisplay_filters": ["limited", "unspecified"]}, []),
        (
            {
                "payment_method_redisplay": "enabled",
                "payment_method_allow_redisplay_filters": ["limited", "unspecified", "always"],
            },
            ["unspecified", "limited", "always"],
        ),
        (
            {
                "payment_method_redisplay": "enabled",
                "payment_method_redisplay_limit": 1,
                "payment_method_allow_redisplay_filters": ["limited", "always"],
            },
            ["limited"],
        ),
    ],
)
def test_cards_are_shown_as_the_features_say(features: dict[str, Any], expected: list[str], clock: Clock) -> None:
    jenny = customer(SHOP)
    cards: dict[str, str] = {}
    for redisplay in ("always", "limited", "unspecified"):
        cards[redisplay] = card_of(jenny, redisplay)
        clock.advance(timedelta(seconds=1))
    assert shown(session(jenny, **features)) == [cards[each] for each in expected]


def test_without_the_payment_element_no_card_is_shown() -> None:
    jenny = customer(SHOP)
    card_of(jenny)
    sent = {"customer": jenny, "components": {"buy_button": {"enabled": True}}}
    assert shown(done(SHOP.post(RESOURCE["create_customer_session"], **sent))["client_secret"]) == []


def test_a_secret_that_is_not_known_is_refused() -> None:
    secret = session(customer(SHOP))
    theirs = StripeMerchant(OTHER_MERCHANT, kind="publishable")
    other = "a" if secret[-1] != "a" else "b"
    for shop, sent in [(PAGE, "cuss_secret_1"), (PAGE, secret[:-1] + other), (PAGE, "ü"), (theirs, secret)]:
        assert wrong(shop.get(GET_ELEMENTS_SESSION, **{SECRET: sent})) == INVALID
    assert wrong(PAGE.get(GET_ELEMENTS_SESSION)) == (*INVALID[:2], "parameter_missing", SECRET)


def test_after_half_an_hour_a_secret_is_refused(clock: Clock) -> None:
    secret = session(customer(SHOP))
    clock.advance(timedelta(minutes=30) - timedelta(seconds=1))
    assert shown(secret) == []
    clock.advance(timedelta(seconds=1))
    reply = PAGE.get(GET_ELEMENTS_SESSION, **{SECRET: secret})
    assert wrong(reply) == INVALID
    assert "expired" in reply.error["message"]


def test_a_deleted_customer_has_no_cards() -> None:
    jenny = customer(SHOP)
    secret = session(jenny)
    done(SHOP.ask(RESOURCE["delete_stripe_customer"], jenny))
    assert wrong(PAGE.get(GET_ELEMENTS_SESSION, **{SECRET: secret})) == missing("customer")
