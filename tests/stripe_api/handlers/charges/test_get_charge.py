"""GET /v1/charges/{charge}: retrieve an attempt at an intent, approved or declined, in its current state."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_CHARGE
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_call import BEFORE_BASIL
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done, missing, wrong


def charge(name: str, **params: Any) -> dict[str, Any]:
    return done(StripeMerchant().get(GET_CHARGE, name, **params))


def test_each_attempt_is_a_charge() -> None:
    intent = StripeMerchant().declined()
    paid = done(StripeMerchant().confirm(intent["id"], payment_method=VISA))
    failed, taken = charge(intent["latest_charge"]), charge(paid["latest_charge"])
    assert (failed["status"], failed["paid"], failed["failure_code"]) == ("failed", False, "card_declined")
    assert (taken["status"], taken["paid"], taken["captured"]) == ("succeeded", True, True)
    assert {failed["payment_intent"], taken["payment_intent"]} == {intent["id"]}


def test_a_charge_shows_its_captures_and_refunds() -> None:
    intent = StripeMerchant().held()
    name = intent["latest_charge"]
    assert (charge(name)["captured"], charge(name)["amount_captured"]) == (False, 0)
    StripeMerchant().capture(intent["id"], amount_to_capture=6_00)
    StripeMerchant().refund(intent["id"], amount=2_00)
    earlier = StripeMerchant(version=BEFORE_BASIL)
    for shop, refunds in ((StripeMerchant(), [2_00]), (earlier, [2_00, 4_00])):
        shown = done(shop.get(GET_CHARGE, name, expand=["refunds", "payment_intent.payment_method"]))
        assert (shown["amount_captured"], shown["amount_refunded"], shown["refunded"]) == (6_00, sum(refunds), False)
        assert [one["amount"] for one in shown["refunds"]["data"]] == refunds
    assert shown["payment_intent"]["payment_method"]["card"]["last4"] == "4242"


def test_a_native_authorization_is_a_charge(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    assert charge(auth_id.replace("auth_", "ch_"))["amount"] == 10_00


@pytest.mark.parametrize(
    "name", [PAYMENT_ID.replace("auth_", "ch_"), "ch_" + "q" * 36, "ch_x", PAYMENT_ID, "py_" + "q" * 26, "x" * 200]
)
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(StripeMerchant().get(GET_CHARGE, name)) == missing("id")


def test_an_intent_is_not_found_as_a_charge() -> None:
    intent = StripeMerchant().paid()["id"]
    assert wrong(StripeMerchant().get(GET_CHARGE, intent.replace("pi_", "ch_"))) == missing("id")


def test_another_merchants_is_not_there() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT).paid()["latest_charge"]
    assert wrong(StripeMerchant().get(GET_CHARGE, theirs)) == missing("id")


def test_a_field_that_cannot_be_expanded_is_refused() -> None:
    name = StripeMerchant().paid()["latest_charge"]
    assert wrong(StripeMerchant().get(GET_CHARGE, name, expand=["metadata"]))[3] == "expand"
