"""POST /v1/charges/{charge}: update what is noted on a charge."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_CHARGE, LIST_CHARGES, UPDATE_CHARGE, UPDATE_PAYMENT_INTENT
from tests.stripe_api.handlers.pages import listed
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

INVALID = "invalid_request_error"


def update(charge: str, *, key: str | None = None, **params: Any) -> StripeReply:
    return StripeMerchant().post(UPDATE_CHARGE, charge, key=key, **params)


def shown(charge: str) -> dict[str, Any]:
    return done(StripeMerchant().get(GET_CHARGE, charge))


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"description": "Coffee"}, {"description": "Coffee", "receipt_email": "a@example.com"}),
        ({"description": ""}, {"description": None}),
        ({"receipt_email": "b@example.com"}, {"receipt_email": "b@example.com", "description": "Tea"}),
        ({"receipt_email": ""}, {"receipt_email": None}),
        ({"metadata": {"b": "2"}}, {"metadata": {"a": "1", "b": "2"}}),
        ({"metadata": {"a": ""}}, {"metadata": {}}),
        ({"metadata": ""}, {"metadata": {}}),
        ({"fraud_details": {"user_report": "fraudulent"}}, {"fraud_details": {"user_report": "fraudulent"}}),
        ({"fraud_details": {"user_report": "safe"}}, {"fraud_details": {"user_report": "safe"}, "description": "Tea"}),
        ({"fraud_details": {"user_report": ""}}, {"fraud_details": {}}),
        ({}, {"description": "Tea"}),
    ],
)
def test_only_the_parameters_sent_are_changed(params: dict[str, Any], expected: dict[str, Any]) -> None:
    intent = StripeMerchant().paid(description="Tea", receipt_email="a@example.com", metadata={"a": "1"})
    before = shown(intent["latest_charge"])
    changed = done(update(intent["latest_charge"], **params))
    assert {name: changed[name] for name in expected} == expected
    assert {name for name in changed if changed[name] != before[name]} <= params.keys()
    assert shown(intent["latest_charge"]) == changed
    assert listed(LIST_CHARGES) == [changed]
    assert StripeMerchant().shown(intent["id"]) == intent


def test_updates_of_all_charges_are_counted_together(demo: Merchant) -> None:
    native = demo.authorized(10_00).replace("auth_", "ch_")
    failed = StripeMerchant().declined()["latest_charge"]
    for charge in (native, failed):
        done(update(charge, description="Tea", fraud_details={"user_report": "safe"}))
        changed = done(update(charge, metadata={"a": "1"}))
        assert (changed["description"], changed["metadata"]) == ("Tea", {"a": "1"})
        assert changed["fraud_details"] == {"user_report": "safe"}


def test_of_several_charges_only_that_one_changes() -> None:
    intent = StripeMerchant().declined()
    StripeMerchant().confirm(intent["id"], payment_method="pm_card_visa")
    paid, failed = listed(LIST_CHARGES, payment_intent=intent["id"])
    done(update(failed["id"], description="Tea"))
    assert shown(paid["id"]) == paid
    # Nor does an update of the intent change its charge.
    done(StripeMerchant().post(UPDATE_PAYMENT_INTENT, intent["id"], description="Coffee"))
    assert [one["description"] for one in listed(LIST_CHARGES, payment_intent=intent["id"])] == [None, "Tea"]


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"amount": 1_00}, (400, INVALID, "parameter_unknown", "amount")),
        ({"customer": "cus_1"}, (400, INVALID, "parameter_unknown", "customer")),
        ({"fraud_details": {"user_report": "bad"}}, (400, INVALID, None, "fraud_details[user_report]")),
        (
            {"fraud_details": {"stripe_report": "safe"}},
            (400, INVALID, "parameter_unknown", "fraud_details[stripe_report]"),
        ),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, (400, INVALID, None, "metadata")),
        ({"description": "4242 4242 4242 4242"}, (400, INVALID, None, "description")),
        ({"expand": ["nonsense"]}, (400, INVALID, None, "expand")),
    ],
)
def test_a_refused_update_changes_nothing(params: dict[str, Any], expected: tuple[int, str, str | None, str]) -> None:
    charge = StripeMerchant().paid()["latest_charge"]
    before = shown(charge)
    assert wrong(update(charge, **params)) == expected
    assert shown(charge) == before


@pytest.mark.parametrize("name", [PAYMENT_ID.replace("auth_", "ch_"), "ch_x", PAYMENT_ID])
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(update(name, description="Tea")) == missing("id")


def test_another_merchants_is_not_there() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT).paid()["latest_charge"]
    assert wrong(update(theirs, description="Tea")) == missing("id")


def test_a_repetition_gets_the_first_response() -> None:
    charge = StripeMerchant().paid()["latest_charge"]
    first = update(charge, key="k", description="Tea")
    update(charge, description="Coffee")
    again = update(charge, key="k", description="Tea")
    assert (again.text, again.replayed, first.replayed) == (first.text, True, False)
    assert shown(charge)["description"] == "Coffee"
