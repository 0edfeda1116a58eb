"""POST /v1/refunds: refund captured money, by charge or by intent."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import CREATE_REFUND, GET_CHARGE, GET_REFUND
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import UNEXPECTED_STATE, StripeMerchant, done, missing, wrong

INVALID = "invalid_request_error"
INTENT = PAYMENT_ID.replace("auth_", "pi_")
CHARGE = PAYMENT_ID.replace("auth_", "ch_")


def refund(*, key: str | None = None, **params: Any) -> StripeReply:
    return StripeMerchant().post(CREATE_REFUND, key=key, **params)


@pytest.mark.parametrize("by", ["payment_intent", "charge"])
@pytest.mark.parametrize("amount", [None, 10_00, 3_00])
def test_refunded_amounts(by: str, amount: int | None) -> None:
    intent = StripeMerchant().paid()
    named = {by: intent["id"] if by == "payment_intent" else intent["latest_charge"]}
    params: dict[str, Any] = {
        **named,
        "reason": "duplicate",
        "metadata": {"a": "1"},
        "expand": ["charge", "payment_intent"],
    }
    if amount:
        params["amount"] = amount
    shown = done(refund(**params))
    assert (shown["amount"], shown["reason"], shown["metadata"]) == (amount or 10_00, "duplicate", {"a": "1"})
    assert (shown["charge"]["id"], shown["payment_intent"]["id"]) == (intent["latest_charge"], intent["id"])
    assert shown["charge"]["amount_refunded"] == (amount or 10_00)
    assert done(StripeMerchant().get(GET_REFUND, shown["id"], expand=["charge", "payment_intent"])) == shown


def test_of_several_captures_as_one() -> None:
    intent = StripeMerchant().held()["id"]
    for amount in (4_00, 3_00):
        StripeMerchant().capture(intent, amount_to_capture=amount, final_capture=False)
    assert done(refund(payment_intent=intent, amount=5_00))["amount"] == 5_00
    assert done(refund(payment_intent=intent))["amount"] == 2_00
    shown = StripeMerchant().shown(intent, expand=["latest_charge"])["latest_charge"]
    assert (shown["amount_captured"], shown["amount_refunded"]) == (7_00, 7_00)


def test_a_native_capture(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    demo.captured(6_00, of=auth_id)
    assert done(refund(charge=auth_id.replace("auth_", "ch_")))["amount"] == 6_00
    assert demo.payment(auth_id).json["refunded"] == 6_00


@pytest.mark.full
@pytest.mark.parametrize(
    "params, expected",
    [
        ({}, (400, INVALID, None, None)),
        ({"charge": CHARGE, "payment_intent": INTENT}, (400, INVALID, None, None)),
        ({"payment_intent": INTENT}, missing("payment_intent")),
        ({"payment_intent": CHARGE}, missing("payment_intent")),
        ({"charge": CHARGE}, missing("charge")),
        ({"charge": INTENT}, missing("charge")),
        ({"payment_intent": INTENT, "amount": 0}, (400, INVALID, "parameter_invalid_integer", "amount")),
        ({"payment_intent": INTENT, "reason": "boredom"}, (400, INVALID, None, "reason")),
        ({"payment_intent": INTENT, "reverse_transfer": "x"}, (400, INVALID, None, "reverse_transfer")),
        ({"payment_intent": INTENT, "expand": ["metadata"]}, (400, INVALID, None, "expand")),
    ],
)
def test_refunds_refused_by_their_parameters(
    params: dict[str, Any], expected: tuple[int, str, str | None, str | None]
) -> None:
    assert wrong(refund(**params)) == expected


@pytest.mark.parametrize(
    "start, amount, code",
    [
        ("opened", None, UNEXPECTED_STATE),
        ("declined", None, UNEXPECTED_STATE),
        ("held", None, UNEXPECTED_STATE),
        ("paid", 10_01, None),
        ("refunded", None, "charge_already_refunded"),
        ("refunded", 1, "charge_already_refunded"),
    ],
)
def test_a_refusal_by_the_payments_state_is_replayed(start: str, amount: int | None, code: str | None) -> None:
    intent = getattr(StripeMerchant(), "paid" if start == "refunded" else start)()["id"]
    if start == "refunded":
        refund(payment_intent=intent)
    before = StripeMerchant().shown(intent)
    params: dict[str, Any] = {"payment_intent": intent} | ({"amount": amount} if amount else {})
    first, again = (refund(key="k", **params) for _ in range(2))
    assert wrong(first)[:3] == (400, INVALID, code)
    assert (again.text, again.replayed, first.replayed) == (first.text, True, False)
    assert StripeMerchant().shown(intent) == before


def test_a_charge_that_failed_is_not_the_one_that_was_paid() -> None:
    """Another attempt's money cannot be refunded through the id of a failed charge."""
    intent = StripeMerchant().declined()
    StripeMerchant().confirm(intent["id"], payment_method="pm_card_visa")
    assert refund(charge=intent["latest_charge"]).status == 400
    assert refund(charge="ch_" + intent["id"][3:] + "q" * 10).status == 400
    assert StripeMerchant().shown(intent["id"], expand=["latest_charge"])["latest_charge"]["amount_refunded"] == 0


def test_another_merchants_is_not_there() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT).paid()
    assert wrong(refund(payment_intent=theirs["id"])) == missing("payment_intent")
    assert wrong(refund(charge=theirs["latest_charge"])) == missing("charge")
    shown = done(StripeMerchant(OTHER_MERCHANT).get(GET_CHARGE, theirs["latest_charge"]))
    assert shown["amount_refunded"] == 0


def test_a_repetition_gets_the_first_response() -> None:
    intent = StripeMerchant().paid()["id"]
    first = refund(key="k", payment_intent=intent, amount=1_00, expand=["charge"])
    refund(payment_intent=intent)
    again = refund(key="k", payment_intent=intent, amount=1_00, expand=["charge"])
    assert (again.status, again.text, again.replayed) == (200, first.text, True)
    assert wrong(refund(key="k", payment_intent=intent, amount=2_00))[:2] == (400, "idempotency_error")
