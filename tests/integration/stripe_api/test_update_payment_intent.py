"""POST /v1/payment_intents/{intent}: other terms, until a bank has promised."""

from typing import Any

import pytest

from paysandbox.domain.intent import MAX_CHANGES
from tests.support.stripe_shop import UNEXPECTED, Sdk, held, opened, refused


@pytest.mark.parametrize(
    "params, shown",
    [
        ({"amount": 7_00}, {"amount": 7_00}),
        ({"payment_method": "pm_card_visa"}, {"status": "requires_confirmation"}),
        ({"description": "More"}, {"description": "More"}),
        ({"description": ""}, {"description": None}),
        ({"receipt_email": ""}, {"receipt_email": None}),
        ({"statement_descriptor_suffix": "B"}, {"statement_descriptor_suffix": "B"}),
        ({"metadata": {"b": "2"}}, {"metadata": {"a": "1", "b": "2"}}),
        ({"metadata": {"a": ""}}, {"metadata": {}}),
        ({"metadata": ""}, {"metadata": {}}),
        ({"currency": "usd"}, {"currency": "usd"}),
        ({}, {}),
    ],
)
def test_what_is_named_changes_and_the_rest_stays(params: dict[str, Any], shown: dict[str, Any], sdk: Sdk) -> None:
    said = {"description": "One", "receipt_email": "a@b.example", "metadata": {"a": "1"}}
    before = opened(sdk, **said)
    after = sdk.v1.payment_intents.update(before.id, params)
    assert {name: after.to_dict()[name] for name in shown} == shown
    untouched = before.to_dict().keys() - shown.keys() - {"payment_method", "payment_method_options"}
    assert {name: after.to_dict()[name] for name in untouched} == {name: before.to_dict()[name] for name in untouched}
    assert sdk.v1.payment_intents.retrieve(before.id).to_dict() == after.to_dict()


def test_of_what_is_held_only_what_is_said_may_change(sdk: Sdk) -> None:
    intent = held(sdk)
    assert sdk.v1.payment_intents.update(intent.id, {"metadata": {"a": "1"}}).status == "requires_capture"
    for params in ({"amount": 1}, {"payment_method": "pm_card_amex"}):
        assert refused(lambda params=params: sdk.v1.payment_intents.update(intent.id, params)).code == UNEXPECTED


def test_another_currency(sdk: Sdk) -> None:
    assert refused(lambda: sdk.v1.payment_intents.update(opened(sdk).id, {"currency": "eur"})).param == "currency"


def test_what_is_said_has_its_bounds(sdk: Sdk) -> None:
    intent = opened(sdk, metadata={f"k{number}": "v" for number in range(50)}).id
    assert refused(lambda: sdk.v1.payment_intents.update(intent, {"metadata": {"one": "more"}})).param == "metadata"
    assert sdk.v1.payment_intents.update(intent, {"metadata": {"k0": "", "one": "more"}}).metadata.one == "more"


def test_it_is_changed_forty_times_at_most(sdk: Sdk) -> None:
    intent = opened(sdk, payment_method="pm_card_visa").id
    for number in range(MAX_CHANGES):
        sdk.v1.payment_intents.update(intent, {"amount": 100 + number})
    for call in (sdk.v1.payment_intents.confirm, lambda name: sdk.v1.payment_intents.update(name, {"amount": 1})):
        assert "40 times" in str(refused(lambda call=call: call(intent)).user_message)
    assert sdk.v1.payment_intents.cancel(intent).status == "canceled"
