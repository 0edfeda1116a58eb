"""GET /v1/payment_intents/{intent}: retrieve an intent in its current state."""

import pytest

from paysandbox.stripe_api.routes import GET_PAYMENT_INTENT
from tests.support.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.call import Merchant
from tests.support.stripe_merchant import StripeMerchant, done, missing, wrong

FOR_PAGE = {
    "id",
    "object",
    "amount",
    "currency",
    "status",
    "client_secret",
    "next_action",
    "last_payment_error",
    "payment_method",
}
UNKNOWN = PAYMENT_ID.replace("auth_", "pi_")


def test_it_is_shown_as_it_stands_now() -> None:
    intent = StripeMerchant().opened()
    assert StripeMerchant().shown(intent["id"]) == intent
    StripeMerchant().confirm(intent["id"])
    StripeMerchant().refund(intent["id"], amount=3_00)
    shown = StripeMerchant().shown(intent["id"], expand=["latest_charge.refunds", "payment_method"])
    assert (shown["status"], shown["amount_received"]) == ("succeeded", 10_00)
    assert shown["latest_charge"]["amount_refunded"] == 3_00
    assert [one["amount"] for one in shown["latest_charge"]["refunds"]["data"]] == [3_00]
    assert shown["payment_method"]["card"]["last4"] == "4242"


def test_a_native_payment_is_one(demo: Merchant) -> None:
    shown = StripeMerchant().shown(demo.authorized(10_00).replace("auth_", "pi_"))
    assert (shown["status"], shown["amount_capturable"], shown["capture_method"]) == (
        "requires_capture",
        10_00,
        "manual",
    )


@pytest.mark.parametrize("name", [UNKNOWN, PAYMENT_ID, "pi_x", "ch_" + UNKNOWN[3:], "x" * 200])
def test_what_is_not_there(name: str) -> None:
    assert wrong(StripeMerchant().get(GET_PAYMENT_INTENT, name)) == missing("intent")


def test_another_merchants_is_not_there() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT).paid()["id"]
    assert wrong(StripeMerchant().get(GET_PAYMENT_INTENT, theirs)) == missing("intent")


def test_what_cannot_be_expanded_is_refused() -> None:
    intent = StripeMerchant().opened()["id"]
    assert wrong(StripeMerchant().get(GET_PAYMENT_INTENT, intent, expand=["metadata"]))[3] == "expand"


def test_a_publishable_key_sees_the_intent_whose_secret_it_knows() -> None:
    mine, other = StripeMerchant().opened(), StripeMerchant().opened()
    page = StripeMerchant(kind="publishable")
    assert done(page.get(GET_PAYMENT_INTENT, mine["id"], client_secret=mine["client_secret"])) == {
        "id": mine["id"],
        "object": "payment_intent",
        "amount": 10_00,
        "currency": "usd",
        "status": "requires_confirmation",
        "client_secret": mine["client_secret"],
        "next_action": None,
        "last_payment_error": None,
        "payment_method": mine["payment_method"],
    }
    assert wrong(page.get(GET_PAYMENT_INTENT, mine["id"])) == (
        400,
        "invalid_request_error",
        "parameter_missing",
        "client_secret",
    )
    assert wrong(page.get(GET_PAYMENT_INTENT, other["id"], client_secret=mine["client_secret"]))[3] == "client_secret"
    theirs = StripeMerchant(OTHER_MERCHANT).opened()
    assert page.get(GET_PAYMENT_INTENT, theirs["id"], client_secret=theirs["client_secret"]).status == 404


def test_a_publishable_key_sees_nothing_of_the_merchants_whatever_it_expands() -> None:
    mine = StripeMerchant().paid(description="Tea", metadata={"order": "7"}, receipt_email="ada@example.com")
    shown = done(
        StripeMerchant(kind="publishable").get(
            GET_PAYMENT_INTENT,
            mine["id"],
            client_secret=mine["client_secret"],
            expand=["payment_method", "latest_charge.refunds"],
        )
    )
    assert (shown.keys(), shown["status"]) == (FOR_PAGE, "succeeded")
    assert shown["payment_method"] == {
        "id": mine["payment_method"],
        "object": "payment_method",
        "card": {"brand": "visa"},
    }


def test_a_publishable_key_sees_why_the_last_attempt_failed() -> None:
    mine = StripeMerchant().declined()
    page = StripeMerchant(kind="publishable")
    shown = done(page.get(GET_PAYMENT_INTENT, mine["id"], client_secret=mine["client_secret"]))
    theirs = mine["last_payment_error"]
    method = {"id": theirs["payment_method"]["id"], "object": "payment_method", "card": {"brand": "visa"}}
    assert shown.keys() == FOR_PAGE
    assert theirs.keys() - shown["last_payment_error"].keys() == {"charge"}
    assert shown["last_payment_error"] == {name: value for name, value in theirs.items() if name != "charge"} | {
        "payment_method": method
    }
