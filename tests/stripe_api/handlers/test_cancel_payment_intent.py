"""POST /v1/payment_intents/{intent}/cancel: release the held amount, or abandon the intent."""

from typing import Any

import pytest

from tests.support.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.call import Merchant
from tests.support.stripe_merchant import UNEXPECTED_STATE, VISA, StripeMerchant, done, missing, wrong

INVALID = "invalid_request_error"


@pytest.mark.parametrize("start", ["opened", "declined", "held"])
@pytest.mark.parametrize("reason", [None, "abandoned", "requested_by_customer"])
def test_what_is_not_paid_is_given_up(start: str, reason: str | None) -> None:
    intent = getattr(StripeMerchant(), start)()
    params = {"cancellation_reason": reason} if reason else {}
    cancelled = done(StripeMerchant().cancel(intent["id"], **params))
    assert (cancelled["status"], cancelled["cancellation_reason"]) == ("canceled", reason)
    assert (cancelled["amount_capturable"], cancelled["amount_received"]) == (0, 0)
    assert cancelled["canceled_at"] >= intent["created"]
    assert StripeMerchant().shown(intent["id"]) == cancelled
    assert wrong(StripeMerchant().confirm(intent["id"], payment_method=VISA))[2] == UNEXPECTED_STATE


def test_of_what_was_captured_in_part_the_rest_is_given_back() -> None:
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
def test_what_ended_is_not_cancelled(ended: str, demo: Merchant) -> None:
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
def test_what_is_refused_cancels_nothing(params: dict[str, Any], expected: tuple[int, str, str | None, str]) -> None:
    intent = StripeMerchant().held()
    assert wrong(StripeMerchant().cancel(intent["id"], **params)) == expected
    assert StripeMerchant().shown(intent["id"]) == intent


def test_what_is_not_there_or_not_mine() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT).opened()
    for name in (theirs["id"], PAYMENT_ID.replace("auth_", "pi_"), "pi_x"):
        assert wrong(StripeMerchant().cancel(name)) == missing("intent")
    assert StripeMerchant(OTHER_MERCHANT).shown(theirs["id"]) == theirs


@pytest.mark.parametrize("start", ["opened", "held"])
def test_the_same_again_is_answered_as_then(start: str) -> None:
    intent = getattr(StripeMerchant(), start)()["id"]
    first = StripeMerchant().cancel(intent, key="k", cancellation_reason="duplicate")
    again = StripeMerchant().cancel(intent, key="k", cancellation_reason="duplicate")
    assert (again.status, again.text, again.replayed, first.replayed) == (200, first.text, True, False)
    assert wrong(StripeMerchant().cancel(intent, key="k"))[:2] == (400, "idempotency_error")
