"""POST /v1/payment_intents/{intent}: change the terms of an intent."""

from typing import Any

import pytest

from paysandbox.stripe_api.payment_intents.intent_rules import MAX_CHANGES
from paysandbox.stripe_api.routes import UPDATE_PAYMENT_INTENT
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import TYPED, UNEXPECTED_STATE, StripeMerchant, done, missing, wrong

INVALID = "invalid_request_error"


def update(intent: str, *, key: str | None = None, **params: Any) -> StripeReply:
    return StripeMerchant().post(UPDATE_PAYMENT_INTENT, intent, key=key, **params)


@pytest.mark.parametrize(
    "params, shown",
    [
        ({"amount": 11_00}, {"amount": 11_00, "description": "Tea"}),
        ({"currency": "usd"}, {"currency": "usd"}),
        ({"description": "Coffee"}, {"description": "Coffee", "receipt_email": "a@example.com"}),
        ({"description": ""}, {"description": None}),
        ({"receipt_email": ""}, {"receipt_email": None}),
        ({"statement_descriptor_suffix": "CUP"}, {"statement_descriptor_suffix": "CUP"}),
        ({"metadata": {"b": "2"}}, {"metadata": {"a": "1", "b": "2"}}),
        ({"metadata": {"a": "", "b": "2"}}, {"metadata": {"b": "2"}}),
        ({"metadata": {"a": ""}}, {"metadata": {}}),
        ({"metadata": ""}, {"metadata": {}}),
        ({}, {"amount": 10_00, "metadata": {"a": "1"}}),
    ],
)
def test_only_the_parameters_sent_are_changed(params: dict[str, Any], shown: dict[str, Any]) -> None:
    intent = StripeMerchant().opened(description="Tea", receipt_email="a@example.com", metadata={"a": "1"})
    changed = done(update(intent["id"], **params))
    assert changed == StripeMerchant().shown(intent["id"])
    assert {name: changed[name] for name in shown} == shown
    untouched = changed.keys() - params.keys() - {"payment_method"}
    assert {name: changed[name] for name in untouched} == {name: intent[name] for name in untouched}


@pytest.mark.parametrize(
    "params",
    [
        {"payment_method": "pm_card_mastercard"},
        {"payment_method_data": {"type": "card", "card": {**TYPED, "number": "5555555555554444"}}},
    ],
)
def test_another_card(params: dict[str, Any]) -> None:
    intent = done(StripeMerchant().create())
    changed = done(update(intent["id"], **params, expand=["payment_method"]))
    assert (changed["status"], changed["payment_method"]["card"]["last4"]) == ("requires_confirmation", "4444")
    assert (
        done(StripeMerchant().confirm(intent["id"], expand=["payment_method"]))["payment_method"]["card"]["last4"]
        == "4444"
    )


def test_after_a_decline_the_amount_may_change() -> None:
    intent = StripeMerchant().declined()
    assert done(update(intent["id"], amount=7_00))["amount"] == 7_00
    assert done(StripeMerchant().confirm(intent["id"], payment_method="pm_card_visa"))["amount_received"] == 7_00


def test_a_paid_intent_keeps_its_amount_but_its_description_can_change() -> None:
    intent = StripeMerchant().paid()
    assert wrong(update(intent["id"], amount=11_00))[:3] == (400, INVALID, UNEXPECTED_STATE)
    changed = done(update(intent["id"], description="Coffee", metadata={"a": "1"}))
    assert (changed["description"], changed["metadata"], changed["amount"]) == ("Coffee", {"a": "1"}, 10_00)


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"amount": 0}, (400, INVALID, "parameter_invalid_integer", "amount")),
        ({"currency": "eur"}, (400, INVALID, None, "currency")),
        ({"capture_method": "manual"}, (400, INVALID, "parameter_unknown", "capture_method")),
        ({"expand": ["metadata"]}, (400, INVALID, None, "expand")),
        ({"payment_method": "pm_card_nobody"}, missing("payment_method")),
        ({"metadata": {f"k{n}": "v" for n in range(50)}}, (400, INVALID, None, "metadata")),
        ({"metadata": {f"k{n}": "é" * 500 for n in range(40)}}, (400, INVALID, None, "metadata")),
    ],
)
def test_a_refused_update_changes_nothing(params: dict[str, Any], expected: tuple[int, str, str | None, str]) -> None:
    intent = StripeMerchant().opened(metadata={"a": "1"})
    assert wrong(update(intent["id"], **params)) == expected
    assert StripeMerchant().shown(intent["id"]) == intent


def test_an_update_leaves_the_reference_of_a_native_payment_as_it_is() -> None:
    """Intents have no reference, so no update names it."""
    native = Merchant().authorized(reference="order 7", description="Tea")
    done(update(native.replace("auth_", "pi_"), description="Coffee"))
    shown = Merchant().payment(native).json
    assert (shown["reference"], shown["description"]) == ("order 7", "Coffee")


def test_unknown_intents_and_those_of_other_merchants_are_not_found() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT).opened()["id"]
    for name in (theirs, PAYMENT_ID.replace("auth_", "pi_"), "pi_x"):
        assert wrong(update(name, amount=11_00)) == missing("intent")
    assert StripeMerchant(OTHER_MERCHANT).shown(theirs)["amount"] == 10_00


def test_a_repetition_gets_the_first_response() -> None:
    intent = StripeMerchant().opened()["id"]
    first = update(intent, key="k", amount=11_00)
    update(intent, amount=12_00)
    StripeMerchant().confirm(intent)
    again = update(intent, key="k", amount=11_00)
    assert (again.text, again.replayed, first.replayed) == (first.text, True, False)
    assert StripeMerchant().shown(intent)["amount"] == 12_00
    assert wrong(update(intent, key="k", amount=13_00))[:2] == (400, "idempotency_error")


def test_a_refusal_is_replayed() -> None:
    intent = StripeMerchant().paid()["id"]
    first = update(intent, key="k", amount=11_00)
    again = update(intent, key="k", amount=11_00)
    assert (first.status, again.text, again.replayed) == (400, first.text, True)


@pytest.mark.full
def test_the_number_of_changes_of_an_intent_is_limited() -> None:
    intent = StripeMerchant().opened()["id"]
    for number in range(MAX_CHANGES):
        assert update(intent, amount=10_00 + number).status == 200
    assert wrong(update(intent, amount=9_00))[:2] == (400, INVALID)
    assert StripeMerchant().confirm(intent).status == 400
    assert StripeMerchant().cancel(intent).status == 200
