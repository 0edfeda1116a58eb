"""POST /v1/payment_intents/{intent}/capture: all or part of what is held."""

from typing import Any

import pytest

from tests.support.call import Merchant
from tests.support.stripe_shop import UNEXPECTED, Sdk, held, opened, paid, refused


@pytest.mark.parametrize(
    "params, status, capturable, received",
    [
        ({}, "succeeded", 0, 10_00),
        ({"amount_to_capture": 4_00}, "succeeded", 0, 4_00),
        ({"amount_to_capture": 4_00, "final_capture": True}, "succeeded", 0, 4_00),
        ({"amount_to_capture": 4_00, "final_capture": False}, "requires_capture", 6_00, 4_00),
        ({"amount_to_capture": 10_00, "final_capture": False}, "succeeded", 0, 10_00),
    ],
)
def test_how_much(params: dict[str, Any], status: str, capturable: int, received: int, sdk: Sdk) -> None:
    intent = sdk.v1.payment_intents.capture(held(sdk).id, params)
    assert (intent.status, intent.amount_capturable, intent.amount_received) == (status, capturable, received)


def test_never_more_than_is_held(sdk: Sdk) -> None:
    intent = held(sdk)
    assert refused(lambda: sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 10_01})).code == (
        "amount_too_large"
    )
    assert sdk.v1.payment_intents.retrieve(intent.id).amount_capturable == 10_00


def test_what_is_not_held(sdk: Sdk) -> None:
    for intent in (opened(sdk), paid(sdk), sdk.v1.payment_intents.cancel(held(sdk).id)):
        assert refused(lambda intent=intent: sdk.v1.payment_intents.capture(intent.id)).code == UNEXPECTED


def test_what_was_authorized_natively(sdk: Sdk, demo: Merchant) -> None:
    auth = demo.authorized(10_00)
    assert sdk.v1.payment_intents.capture(auth.replace("auth_", "pi_")).amount_received == 10_00
    assert demo.payment(auth).json["captured"] == 10_00
