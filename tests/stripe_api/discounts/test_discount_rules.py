"""What a coupon takes off, and why a coupon or a promotion code cannot be redeemed."""

from typing import Any

import pytest

from paysandbox.stripe_api.discounts.refusals import not_redeemable
from paysandbox.stripe_api.discounts.rules import (
    Line,
    Purchase,
    Reason,
    code_ended,
    coupon_ended,
    discount_of,
    discounts_on,
    why_code_does_not_apply,
    why_coupon_does_not_apply,
)
from paysandbox.stripe_api.errors import render_error

FIVE: dict[str, Any] = {"amount_off": 5_00, "currency": "usd", "currency_options": {"eur": {"amount_off": 4_00}}}
OF_GOLD: dict[str, Any] = {"applies_to": {"products": ["gold"]}}
MINIMUM: dict[str, Any] = {
    "minimum_amount": 10_00,
    "minimum_amount_currency": "usd",
    "currency_options": {"eur": {"minimum_amount": 9_00}},
}


def of(*amounts: int, currency: str = "usd", **parts: Any) -> Purchase:
    """A purchase of lines whose products are gold and silver in turn."""
    lines = [Line(amount, ("gold", "silver")[place % 2]) for place, amount in enumerate(amounts)]
    return Purchase(currency=currency, lines=lines, **parts)


@pytest.mark.parametrize(
    "coupon, purchase, off",
    [
        ({"percent_off": 250_000}, of(10_00), (2_50,)),
        ({"percent_off": 125_000}, of(4), (1,)),  # half a cent, rounded up
        ({"percent_off": 124_000}, of(4), (0,)),
        ({"percent_off": 100}, of(49_99), (0,)),
        ({"percent_off": 100}, of(50_00), (1,)),
        ({"percent_off": 1_000_000}, of(3_33, 6_67), (3_33, 6_67)),
        # A percentage is of all lines together, and divided among them.
        ({"percent_off": 500_000}, of(1, 1), (1, 0)),
        ({"percent_off": 500_000}, of(1, 2), (1, 1)),
        ({"percent_off": 100_000}, of(0, 0), (0, 0)),
        ({"percent_off": 500_000, **OF_GOLD}, of(10_00, 20_00, 1), (5_00, 0, 1)),
        ({"percent_off": 333_000}, of(500, currency="isk"), (200,)),  # the API has no ISK below 100
        ({"percent_off": 500_000}, of(5, currency="jpy"), (3,)),
        (FIVE, of(10_00), (5_00,)),
        (FIVE, of(3_00), (3_00,)),
        (FIVE, of(0), (0,)),
        (FIVE, of(10_00, currency="eur"), (4_00,)),
        (FIVE, of(10_00, 20_00), (1_67, 3_33)),
        (FIVE, of(1_00, 1_00, 1_00, 1_00, 1_00, 1_00), (84, 84, 83, 83, 83, 83)),
        (FIVE | OF_GOLD, of(2_00, 20_00), (2_00, 0)),
    ],
)
def test_what_a_coupon_takes_off_each_line(coupon: Any, purchase: Purchase, off: tuple[int, ...]) -> None:
    assert discounts_on(coupon, purchase) == off
    assert discount_of(coupon, purchase) == sum(off)
    assert all(0 <= each <= line.amount for each, line in zip(off, purchase.lines, strict=True))


@pytest.mark.parametrize(
    "coupon, purchase, reason",
    [
        ({"percent_off": 250_000}, of(10_00, currency="jpy"), None),
        (FIVE, of(10_00), None),
        (FIVE, of(10_00, currency="eur"), None),
        (FIVE, of(10_00, currency="gbp"), Reason.ANOTHER_CURRENCY),
        (FIVE | OF_GOLD, of(10_00, 10_00), None),
        ({"percent_off": 250_000, "applies_to": {"products": ["lead"]}}, of(10_00), Reason.APPLIES_TO_NOTHING),
    ],
)
def test_whether_a_coupon_applies(coupon: Any, purchase: Purchase, reason: Reason | None) -> None:
    assert why_coupon_does_not_apply(coupon, purchase) is reason


@pytest.mark.parametrize(
    "code, purchase, reason",
    [
        ({}, of(10_00), None),
        ({"customer": "cus_1"}, of(10_00, customer="cus_1"), None),
        ({"customer": "cus_1"}, of(10_00, customer="cus_2"), Reason.OF_ANOTHER_CUSTOMER),
        ({"customer": "cus_1"}, of(10_00), Reason.OF_ANOTHER_CUSTOMER),
        ({"restrictions": {"first_time_transaction": True}}, of(10_00), None),
        ({"restrictions": {"first_time_transaction": True}}, of(10_00, is_first=False), Reason.NOT_FIRST),
        ({"restrictions": {"first_time_transaction": False}}, of(10_00, is_first=False), None),
        ({"restrictions": MINIMUM}, of(10_00), None),
        ({"restrictions": MINIMUM}, of(5_00, 5_00), None),
        ({"restrictions": MINIMUM}, of(9_99), Reason.BELOW_MINIMUM),
        ({"restrictions": MINIMUM}, of(9_00, currency="eur"), None),
        ({"restrictions": MINIMUM}, of(8_99, currency="eur"), Reason.BELOW_MINIMUM),
        ({"restrictions": MINIMUM}, of(99_00, currency="gbp"), Reason.ANOTHER_CURRENCY),
        ({"restrictions": {"minimum_amount": None}}, of(1, currency="gbp"), None),
    ],
)
def test_whether_a_promotion_code_applies(code: Any, purchase: Purchase, reason: Reason | None) -> None:
    assert why_code_does_not_apply(code, purchase) is reason


@pytest.mark.parametrize(
    "ended, attributes, now, reason",
    [
        (coupon_ended, {}, 10, None),
        (coupon_ended, {"redeem_by": 10}, 10, None),
        (coupon_ended, {"redeem_by": 10}, 11, Reason.COUPON_EXPIRED),
        (coupon_ended, {"max_redemptions": 2, "times_redeemed": 1}, 10, None),
        (coupon_ended, {"max_redemptions": 2, "times_redeemed": 2}, 10, Reason.COUPON_USED_UP),
        (code_ended, {}, 10, None),
        (code_ended, {"expires_at": 10}, 9, None),
        (code_ended, {"expires_at": 10}, 10, Reason.CODE_EXPIRED),
        (code_ended, {"max_redemptions": 1}, 10, None),
        (code_ended, {"max_redemptions": 1, "times_redeemed": 1}, 10, Reason.CODE_USED_UP),
    ],
)
def test_when_it_can_no_longer_be_redeemed(ended: Any, attributes: Any, now: int, reason: Reason | None) -> None:
    assert ended(attributes, now) is reason


def test_each_reason_has_a_refusal() -> None:
    found = {reason: render_error(not_redeemable(reason, "SUMMER", "discounts[0][coupon]")) for reason in Reason}
    assert len({body["error"]["message"] for _, body in found.values()}) == len(Reason)
    assert {(status, body["error"]["param"]) for status, body in found.values()} == {(400, "discounts[0][coupon]")}
    assert found[Reason.COUPON_EXPIRED][1]["error"]["message"] == "Coupon expired: SUMMER"
    codes = {reason: body["error"]["code"] for reason, (_, body) in found.items() if "code" in body["error"]}
    assert codes == {
        Reason.COUPON_EXPIRED: "coupon_expired",
        Reason.COUPON_USED_UP: "coupon_expired",
        Reason.NOT_FIRST: "promotion_code_customer_not_first_time",
        Reason.APPLIES_TO_NOTHING: "coupon_applies_to_nothing",
    }
