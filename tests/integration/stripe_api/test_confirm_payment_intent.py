"""POST /v1/payment_intents/{intent}/confirm: ask the bank, which may be overtaken by other changes of the intent."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.integration.wire import Wire
from tests.support.stripe_shop import UNEXPECTED, Sdk, opened, refused

GOOD, OTHER, BAD = "pm_card_visa", "pm_card_amex", "pm_card_chargeDeclined"

Meanwhile = Callable[[Sdk, str], Any]


def confirm_overtaken(wire: Wire, sdk: Sdk, intent: str, meanwhile: Meanwhile, **params: Any) -> Any:
    """Confirm, and right before that is recorded let something else happen to the intent."""
    waiting = [meanwhile]

    def overtake(_: Any, deliver: Callable[[], Any]) -> Any:
        waiting.pop()(sdk, intent)
        return deliver()

    with wire.broken(overtake, when=lambda sent: sent.operation == "UpdateItem" and bool(waiting)):
        return sdk.v1.payment_intents.confirm(intent, params, {"idempotency_key": "overtaken"})


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda sdk, intent: sdk.v1.payment_intents.update(intent, {"amount": 9_00}),
        lambda sdk, intent: sdk.v1.payment_intents.update(intent, {"payment_method": OTHER}),
        lambda sdk, intent: sdk.v1.payment_intents.cancel(intent),
        lambda sdk, intent: sdk.v1.payment_intents.confirm(intent),
    ],
    ids=["another amount", "another card", "cancelled", "confirmed"],
)
def test_of_another_intent_by_now_it_is_refused_and_stays_so(meanwhile: Meanwhile, wire: Wire, sdk: Sdk) -> None:
    intent = opened(sdk, payment_method=GOOD).id
    stale = refused(lambda: confirm_overtaken(wire, sdk, intent, meanwhile))
    assert (stale.code, stale.http_status) == (UNEXPECTED, 400)
    shown = sdk.v1.payment_intents.retrieve(intent)
    assert len(sdk.v1.charges.list({"payment_intent": intent}).data) == (shown.status == "succeeded")
    again = refused(lambda: sdk.v1.payment_intents.confirm(intent, {}, {"idempotency_key": "overtaken"}))
    assert again.http_body == stale.http_body
    assert (again.headers or {})["Idempotent-Replayed"] == "true"
    assert sdk.v1.payment_intents.retrieve(intent).to_dict() == shown.to_dict()


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda sdk, intent: sdk.v1.payment_intents.update(intent, {"description": "More"}),
        lambda sdk, intent: sdk.v1.payment_intents.update(intent, {"amount": 10_00, "payment_method": GOOD}),
    ],
    ids=["another description", "the same terms"],
)
def test_what_the_bank_was_not_asked_about_may_change(meanwhile: Meanwhile, wire: Wire, sdk: Sdk) -> None:
    intent = opened(sdk, payment_method=GOOD).id
    assert confirm_overtaken(wire, sdk, intent, meanwhile).status == "succeeded"


def test_a_card_of_its_own_does_not_care_which_one_the_intent_names(wire: Wire, sdk: Sdk) -> None:
    intent = opened(sdk, payment_method=GOOD).id

    def another(sdk: Sdk, intent: str) -> None:
        sdk.v1.payment_intents.update(intent, {"payment_method": BAD})

    assert confirm_overtaken(wire, sdk, intent, another, payment_method=OTHER).status == "succeeded"


def test_a_card_that_was_declined_meanwhile_is_not_tried_twice(wire: Wire, sdk: Sdk) -> None:
    intent = opened(sdk, payment_method=BAD).id

    def declined(sdk: Sdk, intent: str) -> None:
        with pytest.raises(stripe.CardError):
            sdk.v1.payment_intents.confirm(intent)

    assert refused(lambda: confirm_overtaken(wire, sdk, intent, declined)).code == UNEXPECTED
    assert len(sdk.v1.charges.list({"payment_intent": intent}).data) == 1
