"""POST /v1/payment_intents/{intent}/cancel: give back what is held, or give up."""

import pytest

from tests.support.call import Merchant
from tests.support.stripe_shop import UNEXPECTED, Sdk, held, opened, paid, refused


@pytest.mark.parametrize("reason", ["duplicate", "fraudulent", "requested_by_customer", "abandoned", None])
def test_with_its_reason(reason: str | None, sdk: Sdk) -> None:
    for intent in (opened(sdk), held(sdk)):
        done = sdk.v1.payment_intents.cancel(intent.id, {"cancellation_reason": reason})
        assert (done.status, done.cancellation_reason, done.amount_capturable) == ("canceled", reason, 0)
        assert done.canceled_at is not None


def test_the_rest_of_what_was_captured_in_part(sdk: Sdk, demo: Merchant) -> None:
    intent = held(sdk)
    sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 4_00, "final_capture": False})
    done = sdk.v1.payment_intents.cancel(intent.id)
    assert (done.status, done.amount_received, done.canceled_at) == ("succeeded", 4_00, None)
    assert demo.payment(intent.id.replace("pi_", "auth_")).json["released"] == 6_00


def test_what_has_ended(sdk: Sdk) -> None:
    for intent in (paid(sdk), sdk.v1.payment_intents.cancel(opened(sdk).id)):
        assert refused(lambda intent=intent: sdk.v1.payment_intents.cancel(intent.id)).code == UNEXPECTED
