"""GET /v1/payment_methods/{method}: retrieve a payment method created separately, or an intent's card."""

import pytest

from paysandbox.stripe_api.ids import method_id
from paysandbox.stripe_api.routes import GET_PAYMENT_METHOD, UPDATE_PAYMENT_INTENT
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import TYPED, StripeMerchant, done, missing, wrong


def test_one_that_was_made_by_itself() -> None:
    card = StripeMerchant().card(metadata={"a": "1"})
    assert done(StripeMerchant().get(GET_PAYMENT_METHOD, card["id"])) == card


def test_every_card_that_an_intent_ever_had() -> None:
    intent = StripeMerchant().opened(payment_method_data={"type": "card", "card": TYPED}, payment_method="")
    changed = done(StripeMerchant().post(UPDATE_PAYMENT_INTENT, intent["id"], payment_method="pm_card_amex"))
    declined = StripeMerchant().confirm(intent["id"], payment_method="pm_card_chargeDeclined").error
    paid = done(StripeMerchant().confirm(intent["id"], payment_method="pm_card_jcb"))
    names = [
        intent["payment_method"],
        changed["payment_method"],
        declined["payment_method"]["id"],
        paid["payment_method"],
    ]
    shown = [done(StripeMerchant().get(GET_PAYMENT_METHOD, name)) for name in names]
    assert [one["id"] for one in shown] == names
    assert [one["card"]["last4"] for one in shown] == ["4242", "8431", "0002", "0505"] or [
        one["card"]["brand"] for one in shown
    ] == ["visa", "amex", "visa", "jcb"]


def test_the_card_of_a_native_payment(demo: Merchant) -> None:
    name = method_id(demo.authorized(10_00))
    assert done(StripeMerchant().get(GET_PAYMENT_METHOD, name))["card"]["last4"] == "4242"


@pytest.mark.parametrize(
    "name",
    [
        "pm_" + "q" * 26,
        "pm_" + "q" * 36,
        method_id(PAYMENT_ID),
        "pm_card_visa",
        "pm_x",
        "tok_visa",
        "x" * 200,
    ],
)
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(StripeMerchant().get(GET_PAYMENT_METHOD, name)) == missing("id")


def test_an_operation_that_named_no_card() -> None:
    intent = done(StripeMerchant().create())
    assert wrong(StripeMerchant().get(GET_PAYMENT_METHOD, "pm_" + intent["id"][3:] + "a" * 10)) == missing("id")


def test_another_merchants_is_not_there() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT)
    for name in (theirs.card()["id"], theirs.opened()["payment_method"]):
        assert wrong(StripeMerchant().get(GET_PAYMENT_METHOD, name)) == missing("id")


def test_customer_stays_null_and_unsupported_expansions_are_refused() -> None:
    card = StripeMerchant().card()
    assert done(StripeMerchant().get(GET_PAYMENT_METHOD, card["id"], expand=["customer"])) == card
    refused = StripeMerchant().get(GET_PAYMENT_METHOD, card["id"], expand=["card"])
    assert wrong(refused) == (400, "invalid_request_error", None, "expand")
    assert refused.error["message"] == "This property cannot be expanded (card)."
