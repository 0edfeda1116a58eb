"""A setup intent that succeeds attaches its payment method to its customer, in one transaction."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import (
    ATTACH_PAYMENT_METHOD,
    DETACH_PAYMENT_METHOD,
    GET_PAYMENT_METHOD,
    LIST_PAYMENT_METHODS,
)
from tests.stripe_api.handlers.setup_intents.setups import (
    challenged,
    complete,
    confirm,
    create,
    customer,
    opened,
    page_of,
    saved,
    shown,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.stripe_merchant import TYPED, VISA, StripeMerchant, done, wrong

INVALID = (400, "invalid_request_error", None, "payment_method")


def cards_of(name: str) -> list[str]:
    found = done(StripeMerchant().get(LIST_PAYMENT_METHODS, customer=name))["data"]
    return [each["id"] for each in found]


def attached(to: str) -> str:
    card = StripeMerchant().card()["id"]
    return done(StripeMerchant().post(ATTACH_PAYMENT_METHOD, card, customer=to))["id"]


def method(name: str) -> dict[str, Any]:
    return done(StripeMerchant().get(GET_PAYMENT_METHOD, name))


@pytest.mark.parametrize(
    "sent", [{"payment_method": VISA}, {"payment_method_data": {"type": "card", "card": TYPED}}, {"payment_method": ""}]
)
def test_a_card_is_attached_once_it_is_set_up(sent: Any) -> None:
    jenny = customer()
    card = StripeMerchant().card()["id"] if sent == {"payment_method": ""} else None
    setup = done(create(customer=jenny, **({"payment_method": card} if card else sent)))
    assert cards_of(jenny) == []
    for _ in range(2):
        confirmed = done(confirm(setup["id"], key="k", expand=["payment_method"]))
        assert confirmed["payment_method"]["customer"] == jenny
        assert cards_of(jenny) == [setup["payment_method"]]


def test_a_declined_card_is_not_attached() -> None:
    jenny = customer()
    declined = create(customer=jenny, payment_method="pm_card_chargeDeclined", confirm=True).error
    assert cards_of(jenny) == []
    assert method(declined["payment_method"]["id"])["customer"] is None


def test_a_card_without_a_customer_can_be_attached_afterwards() -> None:
    jenny, setup = customer(), saved()
    done(StripeMerchant().post(ATTACH_PAYMENT_METHOD, setup["payment_method"], customer=jenny))
    assert cards_of(jenny) == [setup["payment_method"]]


def test_a_card_of_the_same_customer_stays_attached() -> None:
    jenny = customer()
    card = attached(jenny)
    assert saved(customer=jenny, payment_method=card)["payment_method"] == card
    assert cards_of(jenny) == [card]


def each_refused(card: str, **params: Any) -> set[str]:
    """Name a card wherever a setup intent can, and return what the refusals say."""
    setup = done(create(**params))["id"]
    replies = [
        create(payment_method=card, **params),
        create(payment_method=card, confirm=True, **params),
        confirm(setup, payment_method=card),
        StripeMerchant().post(RESOURCE["update_setup_intent"], setup, payment_method=card),
    ]
    assert {wrong(reply) for reply in replies} == {INVALID}
    return {reply.error["message"].partition(". ")[0] for reply in replies}


def test_a_card_of_another_customer_is_refused() -> None:
    jenny, rosa = customer(), customer()
    card = attached(rosa)
    assert each_refused(card) == {f"The payment method supplied ({card}) belongs to the Customer {rosa}"}
    other = f"The PaymentMethod {card} does not belong to the Customer you supplied {jenny}"
    assert each_refused(card, customer=jenny) == {other}
    assert (cards_of(jenny), cards_of(rosa)) == ([], [card])


def test_a_detached_card_is_refused() -> None:
    card = attached(customer())
    done(StripeMerchant().post(DETACH_PAYMENT_METHOD, card))
    assert wrong(create(payment_method=card)) == INVALID


def test_a_customer_that_was_deleted_gets_no_card() -> None:
    jenny = customer()
    setup = opened(customer=jenny)
    done(StripeMerchant().ask(RESOURCE["delete_stripe_customer"], jenny))
    reply = confirm(setup["id"])
    assert wrong(reply) == (400, "invalid_request_error", "resource_missing", "customer")
    assert shown(setup["id"]) == setup


def test_a_card_is_attached_when_its_cardholder_has_authenticated() -> None:
    jenny = customer()
    setup = challenged(customer=jenny)
    assert cards_of(jenny) == []
    for _ in range(2):
        complete(page_of(setup))
        assert cards_of(jenny) == [setup["payment_method"]]


def test_a_card_that_became_anothers_meanwhile_fails() -> None:
    """The bank has approved it, and the page leads back with the failure."""
    jenny, rosa = customer(), customer()
    setup = challenged(customer=jenny)
    done(StripeMerchant().post(ATTACH_PAYMENT_METHOD, setup["payment_method"], customer=rosa))
    assert complete(page_of(setup)).headers["Location"].endswith("redirect_status=failed")
    failed = shown(setup["id"])
    assert (failed["status"], failed["last_setup_error"]["code"]) == ("requires_payment_method", "setup_attempt_failed")
    assert (cards_of(jenny), cards_of(rosa)) == ([], [setup["payment_method"]])
