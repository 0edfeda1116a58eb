"""GET /v1/payment_intents/{intent}: a payment as an intent, wherever it was made."""

import pytest

from tests.support.call import Merchant
from tests.support.stripe_shop import Sdk, opened, paid, refused


def test_it_is_what_it_was_answered_as(sdk: Sdk) -> None:
    for intent in (opened(sdk), paid(sdk)):
        assert sdk.v1.payment_intents.retrieve(intent.id).to_dict() == intent.to_dict()


def test_a_native_payment(sdk: Sdk, demo: Merchant) -> None:
    auth = demo.authorized(10_00)
    shown = sdk.v1.payment_intents.retrieve(auth.replace("auth_", "pi_"))
    assert (shown.status, shown.amount_capturable) == ("requires_capture", 10_00)
    demo.void(auth)
    assert sdk.v1.payment_intents.retrieve(shown.id).status == "canceled"


@pytest.mark.parametrize("name", ["pi_nothing", f"pi_{'a' * 26}", "auth_x", "x" * 500, "ü"])
def test_one_that_is_not_there(name: str, sdk: Sdk) -> None:
    error = refused(lambda: sdk.v1.payment_intents.retrieve(name))
    assert (error.http_status, error.code, error.param) == (404, "resource_missing", "intent")


def test_another_merchants(sdk: Sdk, other: Sdk) -> None:
    assert refused(lambda: other.v1.payment_intents.retrieve(opened(sdk).id)).code == "resource_missing"
