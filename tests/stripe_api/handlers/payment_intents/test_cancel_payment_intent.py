"""POST /v1/payment_intents/{intent}/cancel: release the held amount, or abandon the intent."""

from typing import Any

import pytest

from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import UNEXPECTED_STATE, VISA, StripeMerchant, done, missing, wrong

INVALID = "invalid_request_error"


@pytest.mark.parametrize("start", ["opened", "declined", "held"])
@pytest.mark.parametrize("reason", [None, "abandoned", "requested_by_customer"])
def test_an_unpaid_intent_is_canceled(start: str, reason: str | None) -> None:
    intent = getattr(StripeMerchant(), start)()
    params = {"cancellation_reason": reason} if reason else {}
    cancelled = done(StripeMerchant().cancel(intent["id"], **params))
    assert (cancelled["status"], cancelled["cancellation_reason"]) == ("canceled", reason)
    assert (cancelled["amount_capturable"], cancelled["amount_received"]) == (0, 0)
    assert cancelled["canceled_at"] >= intent["created"]
    assert StripeMerchant().shown(intent["id"]) == cancelled
    assert wrong(StripeMerchant().confirm(intent["id"], payment_method=VISA))[2] == UNEXPECTED_STATE


def test_the_uncaptured_remainder_is_released() -> None:
    intent = StripeMerchant().held()["id"]
    StripeMerchant().capture(intent, amount_to_capture=4_00, final_capture=False)
    cancelled = done(StripeMerchant().cancel(intent))
    assert (cancelled["status"], cancelled["amount_received"], cancelled["amount_capturable"]) == ("succeeded", 4_00, 0)


def test_a_native_authorization_is_cancelled(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    assert (
        done(StripeMerchant().cancel(auth_id.replace("auth_", "pi_"), expand=["latest_charge"]))["status"] == "canceled"
    )
    assert demo.payment(auth_id).json["released"] == 10_00


@pytest.mark.parametrize("ended", ["paid", "cancelled", "natively declined"])
def test_an_intent_that_has_ended_is_not_canceled(ended: str, demo: Merchant) -> None:
    if ended == "natively declined":
        intent = demo.authorize(amount=10_00, card={"number": "4000000000000002", "exp_month": 12, "exp_year": 2040})
        name = intent.json["auth_id"].replace("auth_", "pi_")
    elif ended == "paid":
        name = StripeMerchant().paid()["id"]
    else:
        name = done(StripeMerchant().cancel(StripeMerchant().held()["id"]))["id"]
    before = StripeMerchant().shown(name)
    first, again = (StripeMerchant().cancel(name, key="k") for _ in range(2))
    assert wrong(first)[:3] == (400, INVALID, UNEXPECTED_STATE)
    assert (again.text, again.replayed, first.replayed) == (first.text, True, False)
    assert StripeMerchant().shown(name) == before


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"cancellation_reason": "boredom"}, (400, INVALID, None, "cancellation_reason")),
        ({"expand": ["metadata"]}, (400, INVALID, None, "expand")),
        ({"amount": 1}, (400, INVALID, "parameter_unknown", "amount")),
    ],
)
def test_a_refused_cancellation_changes_nothing(
    params: dict[str, Any], expected: tuple[int, str, str | None, str]
) -> None:
    intent = StripeMerchant().held()
    assert wrong(StripeMerchant().cancel(intent["id"], **params)) == expected
    assert StripeMerchant().shown(intent["id"]) == intent


def test_unknown_intents_and_those_of_other_merchants_are_not_found() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT).opened()
    for name in (theirs["id"], PAYMENT_ID.replace("auth_", "pi_"), "pi_x"):
        assert wrong(StripeMerchant().cancel(name)) == missing("intent")
    assert StripeMerchant(OTHER_MERCHANT).shown(theirs["id"]) == theirs


@pytest.mark.parametrize("start", ["opened", "held"])
def test_a_repetition_gets_the_first_response(start: str) -> None:
    intent = getattr(StripeMerchant(), start)()["id"]
    first = StripeMerchant().cancel(intent, key="k", cancellation_reason="duplicate")
    again = StripeMerchant().cancel(intent, key="k", cancellation_reason="duplicate")
    assert (again.status, again.text, again.replayed, first.replayed) == (200, first.text, True, False)
    assert wrong(StripeMerchant().cancel(intent, key="k"))[:2] == (400, "idempotency_error")
