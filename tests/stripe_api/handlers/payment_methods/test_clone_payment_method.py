"""POST /v1/payment_methods with `payment_method`: a platform's card becomes a payment method of a connected account.

Source: Stripe, "Share payment methods across multiple accounts for direct charges".
"""

from typing import Any, Final

import pytest

from paysandbox.stripe_api.payment_methods.refusals import NOT_THEIRS, USED_BEFORE
from paysandbox.stripe_api.routes import (
    ATTACH_PAYMENT_METHOD,
    CREATE_PAYMENT_INTENT,
    CREATE_PAYMENT_METHOD,
    DETACH_PAYMENT_METHOD,
    GET_PAYMENT_METHOD,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import TYPED, VISA, StripeMerchant, done, missing, wrong

PLATFORM: Final = StripeMerchant()
INVALID: Final = "invalid_request_error"
OF_SETUP: Final = "pm_card_authenticationRequiredOnSetup"
"""It needs its cardholder for payments without them, unless it was set up for those."""


def account() -> str:
    return done(PLATFORM.post(RESOURCE["create_account"]))["id"]


def customer(**parts: Any) -> str:
    return done(PLATFORM.ask(RESOURCE["create_stripe_customer"], **parts))["id"]


def attached(name: str = VISA) -> tuple[str, str]:
    """Return a customer of the platform and a card that is attached to it."""
    jenny = customer()
    return jenny, done(PLATFORM.post(ATTACH_PAYMENT_METHOD, name, customer=jenny))["id"]


def clone(of: str | None, key: str | None = None, **params: Any) -> StripeReply:
    headers = {"Stripe-Account": of} if of else {}
    return PLATFORM.ask(CREATE_PAYMENT_METHOD, None, params, headers=headers, key=key)


def pay(of: str, **params: Any) -> StripeReply:
    sent = {"amount": 10_00, "currency": "usd", "confirm": True, **params}
    return PLATFORM.ask(CREATE_PAYMENT_INTENT, None, sent, headers={"Stripe-Account": of})


def test_a_clone_is_the_accounts_and_pays_there_once() -> None:
    shop, (jenny, card) = account(), attached()
    made = done(clone(shop, customer=jenny, payment_method=card, metadata={"a": "1"}))
    assert made["id"] != card
    assert (made["customer"], made["card"]["last4"], made["metadata"]) == (None, "4242", {"a": "1"})
    assert wrong(PLATFORM.get(GET_PAYMENT_METHOD, made["id"])) == missing("id")
    assert done(pay(shop, payment_method=made["id"]))["status"] == "succeeded"
    assert pay(shop, payment_method=made["id"]).error["message"] == USED_BEFORE
    assert done(PLATFORM.get(GET_PAYMENT_METHOD, card))["customer"] == jenny


def test_a_clone_that_is_attached_to_a_customer_of_the_account_pays_again() -> None:
    """So does Open Collective, `getOrCloneCardPaymentMethod`."""
    shop, (jenny, card) = account(), attached()
    there = customer(headers={"Stripe-Account": shop})
    made = done(clone(shop, customer=jenny, payment_method=card))["id"]
    done(PLATFORM.ask(ATTACH_PAYMENT_METHOD, made, {"customer": there}, headers={"Stripe-Account": shop}))
    for _ in range(2):
        assert done(pay(shop, payment_method=made, customer=there))["status"] == "succeeded"


def test_clones_of_one_card_in_one_account_have_its_fingerprint_there() -> None:
    (jenny, card), first, second = attached(), account(), account()
    prints = [
        done(clone(shop, customer=jenny, payment_method=card))["card"]["fingerprint"] for shop in (first, first, second)
    ]
    typed = done(clone(first, type="card", card=TYPED))["card"]["fingerprint"]
    assert (prints[0], prints[1] == typed, prints[2] == typed) == (typed, True, False)


@pytest.mark.parametrize(
    "name, outcome", [("pm_card_chargeDeclined", "generic_decline"), (OF_SETUP, "authentication_required")]
)
def test_the_bank_knows_the_card_of_a_clone(name: str, outcome: str) -> None:
    shop = account()
    made = done(clone(shop, payment_method=name))["id"]
    refused = pay(shop, payment_method=made, off_session=True)
    assert (refused.status, refused.error["decline_code"]) == (402, outcome)


def test_a_card_without_a_customer_is_used_up_by_its_clone() -> None:
    shop, card = account(), PLATFORM.card(billing_details={"name": "Jenny"})["id"]
    first = clone(shop, key="k", payment_method=card)
    assert done(first)["billing_details"]["name"] == "Jenny"
    assert clone(shop, key="k", payment_method=card).text == first.text
    for again in (clone(shop, payment_method=card), PLATFORM.create(confirm=True, payment_method=card)):
        assert again.error["message"] == USED_BEFORE
    assert wrong(PLATFORM.post(ATTACH_PAYMENT_METHOD, card, customer=customer()))[:2] == (400, INVALID)


def test_a_repetition_gets_the_first_response_after_the_card_was_detached() -> None:
    shop, (jenny, card) = account(), attached()
    first = clone(shop, key="k", customer=jenny, payment_method=card)
    done(PLATFORM.post(DETACH_PAYMENT_METHOD, card))
    again = clone(shop, key="k", customer=jenny, payment_method=card)
    assert (again.status, again.text, again.replayed) == (200, first.text, True)
    assert clone(shop, customer=jenny, payment_method=card).error["message"] == USED_BEFORE


def test_only_the_customer_that_it_is_attached_to_clones_it() -> None:
    shop, (jenny, card), other = account(), attached(), customer()
    for name, method in ((other, card), (other, PLATFORM.card()["id"]), ("cus_nobody", card)):
        refused = clone(shop, customer=name, payment_method=method)
        assert refused.error["message"] == NOT_THEIRS.format(method)
    assert wrong(clone(shop, payment_method=card))[:2] == (400, INVALID)
    assert done(clone(shop, customer=jenny, payment_method=card))


@pytest.mark.parametrize(
    "sent, expected",
    [
        ({"payment_method": "pm_unknown"}, missing("payment_method")),
        ({"payment_method": VISA, "card": TYPED}, (400, INVALID, None, "card")),
        ({"payment_method": VISA, "billing_details": {"name": "Ada"}}, (400, INVALID, None, "billing_details")),
        ({"payment_method": VISA, "type": "sepa_debit"}, (400, INVALID, None, "type")),
        ({"customer": "cus_x"}, (400, INVALID, "parameter_missing", "payment_method")),
    ],
)
def test_a_refused_clone(sent: dict[str, Any], expected: Any) -> None:
    assert wrong(clone(account(), **sent)) == expected


def test_it_is_cloned_with_a_secret_key_and_to_a_connected_account() -> None:
    shop, (jenny, card) = account(), attached()
    assert wrong(clone(None, customer=jenny, payment_method=card)) == (400, INVALID, None, "payment_method")
    page, sent = StripeMerchant(kind="publishable"), {"customer": jenny, "payment_method": card}
    refused = page.ask(CREATE_PAYMENT_METHOD, None, sent, headers={"Stripe-Account": shop})
    assert wrong(refused)[:3] == (403, INVALID, "secret_key_required")
