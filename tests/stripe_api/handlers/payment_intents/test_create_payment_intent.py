"""POST /v1/payment_intents: create an intent to collect an amount, confirmed at once on request."""

import json
from typing import Any

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from tests.support.builders.build import DAY, OTHER_MERCHANT
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import DECLINED, TYPED, VISA, StripeMerchant, done, missing, wrong
from tests.support.worlds import tables
from tests.support.worlds.handlers import Clock

INVALID = "invalid_request_error"
DATA = {"type": "card", "card": TYPED}


@pytest.mark.parametrize(
    "params, status, capturable, received",
    [
        ({}, "requires_payment_method", 0, 0),
        ({"payment_method": VISA}, "requires_confirmation", 0, 0),
        ({"payment_method_data": DATA}, "requires_confirmation", 0, 0),
        ({"payment_method": VISA, "confirm": True}, "succeeded", 0, 10_00),
        ({"payment_method": VISA, "confirm": True, "capture_method": "automatic_async"}, "succeeded", 0, 10_00),
        ({"payment_method": VISA, "confirm": True, "capture_method": "manual"}, "requires_capture", 10_00, 0),
    ],
)
def test_initial_status_of_an_intent(params: dict[str, Any], status: str, capturable: int, received: int) -> None:
    intent = done(StripeMerchant().create(**params))
    assert (intent["status"], intent["amount_capturable"], intent["amount_received"]) == (status, capturable, received)
    assert StripeMerchant().shown(intent["id"]) == intent


def test_descriptive_parameters_are_shown() -> None:
    said = {"description": "Tea", "receipt_email": "ada@example.com", "statement_descriptor_suffix": "TEA"}
    intent = StripeMerchant().opened(
        **said, metadata={"order": "7", "empty": ""}, automatic_payment_methods={"enabled": True}
    )
    assert {name: intent[name] for name in said} == said
    assert intent["metadata"] == {"order": "7"}


def test_a_standalone_payment_method_is_charged() -> None:
    card = StripeMerchant().card()
    intent = StripeMerchant().paid(payment_method=card["id"], expand=["payment_method", "latest_charge"])
    assert intent["payment_method"]["id"] == card["id"]
    assert intent["payment_method"]["card"]["fingerprint"] == card["card"]["fingerprint"]
    assert intent["latest_charge"]["payment_method"] == card["id"]


def test_a_decline_is_an_answer_with_the_intent_in_it_and_replayed() -> None:
    first, again = (
        StripeMerchant().create(key="k", payment_method=DECLINED, confirm=True, expand=["latest_charge"])
        for _ in range(2)
    )
    assert wrong(first) == (402, "card_error", "card_declined", None)
    assert first.error["decline_code"] == "generic_decline"
    intent = first.error["payment_intent"]
    assert (intent["status"], intent["latest_charge"]["status"]) == ("requires_payment_method", "failed")
    assert (again.text, first.replayed, again.replayed) == (first.text, False, True)


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"amount": 0}, (400, INVALID, "parameter_invalid_integer", "amount")),
        ({"amount": 100_000_000}, (400, INVALID, "amount_too_large", "amount")),
        ({"currency": "xxx"}, (400, INVALID, None, "currency")),
        ({"customer": "cus_1"}, missing("customer")),
        ({"customer": ""}, (400, INVALID, "parameter_invalid_empty", "customer")),
        ({"customer": {"id": "cus_1"}}, (400, INVALID, None, "customer")),
        ({"customer": "cus_1", "nope": "1"}, (400, INVALID, "parameter_unknown", "nope")),
        ({"payment_method": "tok_visa"}, (400, INVALID, None, "payment_method")),
        ({"payment_method": "tok_1G9WIgC2GBuo7MQWlZihojQI"}, (400, INVALID, None, "payment_method")),
        ({"expand": ["metadata"]}, (400, INVALID, None, "expand")),
        ({"payment_method": VISA, "payment_method_data": DATA}, (400, INVALID, None, "payment_method_data")),
        ({"payment_method": "pm_card_nobody"}, missing("payment_method")),
        ({"payment_method": "pm_" + "q" * 26}, missing("payment_method")),
        ({"payment_method_data": {"type": "card"}}, (400, INVALID, "parameter_missing", None)),
        (
            {"payment_method_data": {"type": "card", "card": {**TYPED, "number": "4242424242424241"}}},
            (402, "card_error", "incorrect_number", "payment_method_data[card][number]"),
        ),
        ({"confirm": True}, (400, INVALID, "payment_intent_unexpected_state", "payment_method")),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, (400, INVALID, None, "metadata")),
    ],
)
def test_a_refused_request_creates_nothing(
    params: dict[str, Any], expected: tuple[int, str, str | None, str | None], ledger: Ledger
) -> None:
    reply = StripeMerchant().create(key="k", **params)
    status, kind, code, param = wrong(reply)
    assert (status, kind, code, param if expected[3] else None) == expected
    assert tables.items(ledger) == {}
    assert StripeMerchant().create(key="k").status == 200


@pytest.mark.parametrize("params", [{}, {"payment_method": VISA, "confirm": True}], ids=["opened", "paid"])
def test_a_key_creates_one_intent_in_any_later_status(params: dict[str, Any]) -> None:
    first = StripeMerchant().create(key="k", **params)
    if first.json["status"] == "succeeded":
        assert StripeMerchant().refund(first.json["id"]).status == 200
    else:
        assert StripeMerchant().cancel(first.json["id"]).status == 200
    again = StripeMerchant().create(key="k", **params)
    assert (again.status, again.text, again.replayed) == (200, first.text, True)


def test_a_key_is_free_after_its_day(clock: Clock) -> None:
    first = StripeMerchant().create(key="k")
    clock.advance(2 * DAY)
    again = StripeMerchant().create(key="k")
    assert (again.replayed, again.json["id"] == first.json["id"]) == (False, False)


def test_another_body_under_a_key() -> None:
    StripeMerchant().create(key="k")
    assert wrong(StripeMerchant().create(key="k", amount=11_00))[:2] == (400, "idempotency_error")
    assert StripeMerchant(OTHER_MERCHANT).create(key="k", amount=11_00).status == 200


def test_without_a_key_each_request_is_new() -> None:
    assert StripeMerchant().create().json["id"] != StripeMerchant().create().json["id"]


def test_natively_it_is_a_payment(demo: Merchant) -> None:
    intent = StripeMerchant().held(metadata={"order": "7"})
    shown = demo.payment(intent["id"].replace("pi_", "auth_")).json
    assert (shown["status"], shown["remaining"], shown["metadata"]) == ("approved", 10_00, {"order": "7"})
    assert json.loads(demo.capture(intent["id"].replace("pi_", "auth_")).text)["amount"] == 10_00
    assert StripeMerchant().shown(intent["id"])["status"] == "succeeded"
