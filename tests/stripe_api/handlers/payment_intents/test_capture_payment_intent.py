"""POST /v1/payment_intents/{intent}/capture: capture all or part of the held amount."""

from typing import Any

import pytest

from tests.support.builders.build import DAY, OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import UNEXPECTED_STATE, StripeMerchant, done, missing, wrong
from tests.support.worlds.handlers import Clock

INVALID = "invalid_request_error"


@pytest.mark.parametrize(
    "params, status, received, capturable",
    [
        ({}, "succeeded", 10_00, 0),
        ({"amount_to_capture": 10_00}, "succeeded", 10_00, 0),
        ({"amount_to_capture": 4_00}, "succeeded", 4_00, 0),
        ({"amount_to_capture": 4_00, "final_capture": False}, "requires_capture", 4_00, 6_00),
        ({"final_capture": False}, "succeeded", 10_00, 0),
    ],
)
def test_amounts_after_a_capture(params: dict[str, Any], status: str, received: int, capturable: int) -> None:
    intent = StripeMerchant().held()["id"]
    captured = done(StripeMerchant().capture(intent, **params, expand=["latest_charge"]))
    shown = (captured["status"], captured["amount_received"], captured["amount_capturable"])
    assert shown == (status, received, capturable)
    assert captured["latest_charge"]["amount_captured"] == received
    assert StripeMerchant().shown(intent, expand=["latest_charge"]) == captured


@pytest.mark.parametrize("amount, received", [(4_00, 4_00), (10_00, 10_00)])
def test_an_amount_by_the_name_that_a_charge_has_for_it(amount: int, received: int) -> None:
    """woocommerce-gateway-stripe, `capture_payment`: it sends `amount` to capture an intent."""
    captured = done(StripeMerchant().capture(StripeMerchant().held()["id"], amount=amount))
    assert (captured["status"], captured["amount_received"]) == ("succeeded", received)


def test_level_3_data_is_refused_by_its_name_and_a_second_try_without_it_works() -> None:
    """woocommerce-gateway-stripe, `request_with_level3_data`: Stripe refuses it to accounts without access to it."""
    intent, sent = StripeMerchant().held()["id"], {"amount": 10_00, "expand": ["charges.data.balance_transaction"]}
    old = StripeMerchant(version="2019-09-09")
    refused = old.capture(intent, **sent, level3={"merchant_reference": "6735", "shipping_amount": 0})
    assert wrong(refused) == (400, INVALID, "parameter_unknown", "level3")
    captured = done(old.capture(intent, **sent))
    assert captured["charges"]["data"][0]["balance_transaction"]["net"] < 10_00


def test_in_parts_until_nothing_remains(demo: Merchant) -> None:
    intent = StripeMerchant().held()["id"]
    for amount, left in ((3_00, 7_00), (5_00, 2_00)):
        part = done(StripeMerchant().capture(intent, amount_to_capture=amount, final_capture=False))
        assert part["amount_capturable"] == left
    assert done(StripeMerchant().capture(intent))["amount_received"] == 10_00
    assert [one["amount"] for one in demo.payment(intent.replace("pi_", "auth_")).json["captures"]] == [
        3_00,
        5_00,
        2_00,
    ]


def test_a_native_authorization_is_captured(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    assert done(StripeMerchant().capture(auth_id.replace("auth_", "pi_")))["status"] == "succeeded"
    assert demo.payment(auth_id).json["captured"] == 10_00


@pytest.mark.parametrize("ended", ["open", "declined", "paid", "cancelled"])
def test_without_a_hold_a_capture_is_refused_and_the_refusal_replayed(ended: str) -> None:
    shop = StripeMerchant()
    intent = {"open": shop.opened, "declined": shop.declined, "paid": shop.paid, "cancelled": shop.held}[ended]()["id"]
    if ended == "cancelled":
        assert shop.cancel(intent).status == 200
    before = shop.shown(intent)
    first, again = (shop.capture(intent, key="k") for _ in range(2))
    assert wrong(first)[:3] == (400, INVALID, UNEXPECTED_STATE)
    assert (again.text, again.replayed, first.replayed) == (first.text, True, False)
    assert shop.shown(intent) == before


def test_an_expired_hold_is_not_captured(clock: Clock) -> None:
    intent = StripeMerchant().held()["id"]
    clock.advance(8 * DAY)
    assert wrong(StripeMerchant().capture(intent))[:3] == (400, INVALID, "charge_expired_for_capture")


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"amount_to_capture": 10_01}, (400, INVALID, "amount_too_large", "amount_to_capture")),
        ({"amount": 10_01}, (400, INVALID, "amount_too_large", "amount")),
        ({"amount": 0}, (400, INVALID, "parameter_invalid_integer", "amount")),
        ({"amount": 4_00, "amount_to_capture": 4_00}, (400, INVALID, None, "amount")),
        ({"amount_to_capture": 0}, (400, INVALID, "parameter_invalid_integer", "amount_to_capture")),
        ({"amount_to_capture": "1.5"}, (400, INVALID, "parameter_invalid_integer", "amount_to_capture")),
        ({"final_capture": "yes"}, (400, INVALID, None, "final_capture")),
        ({"expand": ["charges"]}, (400, INVALID, None, "expand")),
        ({"hooks": "x"}, (400, INVALID, "parameter_unknown", "hooks")),
    ],
)
def test_a_refused_capture_changes_nothing(
    params: dict[str, Any], expected: tuple[int, str, str | None, str | None]
) -> None:
    intent = StripeMerchant().held()
    assert wrong(StripeMerchant().capture(intent["id"], **params)) == expected
    assert StripeMerchant().shown(intent["id"]) == intent


def test_unknown_intents_and_those_of_other_merchants_are_not_found() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT).held()
    for name in (theirs["id"], PAYMENT_ID.replace("auth_", "pi_"), "pi_x"):
        assert wrong(StripeMerchant().capture(name)) == missing("intent")
    assert StripeMerchant(OTHER_MERCHANT).shown(theirs["id"]) == theirs


def test_a_repetition_gets_the_first_response() -> None:
    intent = StripeMerchant().held()["id"]
    first = StripeMerchant().capture(intent, key="k", amount_to_capture=4_00, final_capture=False)
    StripeMerchant().capture(intent)
    StripeMerchant().refund(intent)
    again = StripeMerchant().capture(intent, key="k", amount_to_capture=4_00, final_capture=False)
    assert (again.status, again.text, again.replayed) == (200, first.text, True)
    assert wrong(StripeMerchant().capture(intent, key="k"))[:2] == (400, "idempotency_error")
