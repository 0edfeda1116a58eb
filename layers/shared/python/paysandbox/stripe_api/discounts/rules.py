"""What a coupon takes off, and why it cannot be redeemed. Pure.

Coupons and promotion codes are given by their stored attributes, which have Stripe's names. Amounts are in Stripe's
units of their currency, percentages in ten-thousandths of a percent, times in Unix seconds. Source: Stripe, "Coupons
and promotion codes", "The coupon object" and "The promotion code object".
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from paysandbox.core.record import record
from paysandbox.core.stripe_amounts import units_of

TIMES_REDEEMED: Final = "times_redeemed"
MAX_REDEMPTIONS: Final = "max_redemptions"
PERCENT: Final = 10_000
"""Of the units of a stored percentage."""

Attributes = Mapping[str, Any]


_PLACES: Final = 12
"""The decimal places that a price's `unit_amount_decimal` can have."""


class Reason(StrEnum):
    """Why a coupon or a promotion code cannot be redeemed."""

    COUPON_EXPIRED = "coupon_expired"
    COUPON_USED_UP = "coupon_used_up"
    CODE_INACTIVE = "code_inactive"
    CODE_EXPIRED = "code_expired"
    CODE_USED_UP = "code_used_up"
    OF_ANOTHER_CUSTOMER = "of_another_customer"
    NOT_FIRST = "not_first"
    BELOW_MINIMUM = "below_minimum"
    ANOTHER_CURRENCY = "another_currency"
    APPLIES_TO_NOTHING = "applies_to_nothing"


@record
class Line:
    """A line of a purchase: its amount, and the ID of its product."""

    amount: int
    product: str


@record(kw_only=True)
class Purchase:
    """What a discount is for, in a currency (lower case).

    `customer` is None for a guest. `is_first`: the customer has no successful payment so far, as a guest has none.
    """

    currency: str
    lines: Sequence[Line]
    customer: str | None = None
    is_first: bool = True

    @property
    def subtotal(self) -> int:
        """The amount of all lines."""
        return sum(line.amount for line in self.lines)


def price_amount(unit: str, quantity: int) -> int:
    """Return what a quantity costs, of which one costs this decimal text: multiplied first, then rounded half up."""
    whole, _, decimals = unit.partition(".")
    size = 10**_PLACES
    return _half_up(int(whole + decimals.ljust(_PLACES, "0")) * quantity, size)


def is_used_up(attributes: Attributes) -> bool:
    """Whether a coupon or a promotion code was redeemed as often as it can be."""
    most = attributes.get(MAX_REDEMPTIONS)
    return most is not None and attributes.get(TIMES_REDEEMED, 0) >= most


def coupon_ended(coupon: Attributes, now: int) -> Reason | None:
    """Return why a coupon can no longer be redeemed: until `redeem_by`, that second included, it can be."""
    if (redeem_by := coupon.get("redeem_by")) is not None and now > redeem_by:
        return Reason.COUPON_EXPIRED
    return Reason.COUPON_USED_UP if is_used_up(coupon) else None


def code_ended(code: Attributes, now: int) -> Reason | None:
    """Return why a promotion code can no longer be redeemed, whatever its coupon is: from `expires_at` on."""
    if (expires_at := code.get("expires_at")) is not None and now >= expires_at:
        return Reason.CODE_EXPIRED
    return Reason.CODE_USED_UP if is_used_up(code) else None


def why_coupon_does_not_apply(coupon: Attributes, purchase: Purchase) -> Reason | None:
    """Return why a coupon that can be redeemed takes nothing off a purchase, or None."""
    if coupon.get("percent_off") is None and _amount_in(coupon, "amount_off", purchase.currency) is None:
        return Reason.ANOTHER_CURRENCY
    if not any(applies_to(coupon, line.product) for line in purchase.lines):
        return Reason.APPLIES_TO_NOTHING
    return None


def why_code_does_not_apply(code: Attributes, purchase: Purchase) -> Reason | None:
    """Return why the restrictions of a promotion code that can be redeemed refuse a purchase, or None.

    A minimum that is not set in the purchase's currency refuses it. Without one in any currency, there is none.
    """
    if (customer := code.get("customer")) is not None and customer != purchase.customer:
        return Reason.OF_ANOTHER_CUSTOMER
    restrictions: Attributes = code.get("restrictions") or {}
    if restrictions.get("first_time_transaction") and not purchase.is_first:
        return Reason.NOT_FIRST
    if restrictions.get("minimum_amount") is None:
        return None
    least = _amount_in(restrictions, "minimum_amount", purchase.currency, "minimum_amount_currency")
    if least is None:
        return Reason.ANOTHER_CURRENCY
    return Reason.BELOW_MINIMUM if purchase.subtotal < least else None


def applies_to(coupon: Attributes, product: str) -> bool:
    """Whether a coupon takes anything off the price of a product: by default off every one."""
    products: Attributes | None = coupon.get("applies_to")
    return products is None or product in products["products"]


def discounts_on(coupon: Attributes, purchase: Purchase) -> tuple[int, ...]:
    """Return what a coupon that applies takes off each line.

    A percentage of the lines that it applies to is rounded half up, an amount is at most theirs. It is divided among
    them by their amounts, and what is left over goes to the largest remainders, of equal ones to the first line.
    """
    amounts = [line.amount if applies_to(coupon, line.product) else 0 for line in purchase.lines]
    total = sum(amounts)
    if coupon.get("percent_off") is not None:
        step = units_of(purchase.currency.upper()).step
        off = _half_up(coupon["percent_off"] * total, 100 * PERCENT * step) * step
    else:
        off = _amount_in(coupon, "amount_off", purchase.currency) or 0
    return _divided(min(off, total), amounts)


def discount_of(coupon: Attributes, purchase: Purchase) -> int:
    """Return what a coupon that applies takes off a purchase."""
    return sum(discounts_on(coupon, purchase))


def _amount_in(attributes: Attributes, name: str, currency: str, currency_name: str = "currency") -> int | None:
    """Return an amount in a currency: of the object itself, or of its option for that currency."""
    if attributes.get(currency_name) == currency:
        return attributes[name]
    options: Attributes = attributes.get("currency_options") or {}
    return options[currency][name] if currency in options else None


def _half_up(value: int, by: int) -> int:
    return (2 * value + by) // (2 * by)


def _divided(off: int, amounts: Sequence[int]) -> tuple[int, ...]:
    total = sum(amounts)
    if total == 0:
        return (0,) * len(amounts)
    shares = [divmod(off * amount, total) for amount in amounts]
    left = off - sum(whole for whole, _ in shares)
    first = sorted(range(len(shares)), key=lambda place: -shares[place][1])[:left]
    return tuple(whole + (place in first) for place, (whole, _) in enumerate(shares))
