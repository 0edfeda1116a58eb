"""Why a coupon or a promotion code cannot be redeemed, as Stripe words it.

Public programs have recorded the sentences for a customer's first purchase (stripe-php#1146), a minimum, and a coupon
that applies to nothing, and the codes `coupon_expired`, `coupon_applies_to_nothing` and
`promotion_code_customer_not_first_time`. The other sentences are ours.
"""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.errors import Code
from paysandbox.stripe_api.discounts.rules import Reason
from paysandbox.stripe_api.errors import StripeRefused

_REFUSALS: Final[Mapping[Reason, tuple[str, str | None]]] = {
    Reason.COUPON_EXPIRED: ("Coupon expired: {}", "coupon_expired"),
    Reason.COUPON_USED_UP: ("Coupon {} is used up and cannot be applied.", "coupon_expired"),
    Reason.CODE_INACTIVE: ("This promotion code is not active.", None),
    Reason.CODE_EXPIRED: ("This promotion code has expired.", None),
    Reason.CODE_USED_UP: (
        "This promotion code cannot be redeemed because it has been used the maximum number of times.",
        None,
    ),
    Reason.OF_ANOTHER_CUSTOMER: (
        "This promotion code cannot be redeemed because it is restricted to another customer.",
        None,
    ),
    Reason.NOT_FIRST: (
        "This promotion code cannot be redeemed because the associated customer has prior transactions.",
        "promotion_code_customer_not_first_time",
    ),
    Reason.BELOW_MINIMUM: (
        (
            "This promotion code cannot be redeemed because the associated purchase does not meet the minimum amount "
            "requirement."
        ),
        None,
    ),
    Reason.ANOTHER_CURRENCY: (
        "This coupon cannot be redeemed because it has no amount in the currency of the purchase.",
        None,
    ),
    Reason.APPLIES_TO_NOTHING: (
        "This coupon cannot be redeemed because it does not apply to anything in this order.",
        "coupon_applies_to_nothing",
    ),
}


def not_redeemable(reason: Reason, name: str, param: str) -> StripeRefused:
    """Return the refusal to redeem a coupon or a promotion code, by its ID, that a parameter names."""
    detail, code = _REFUSALS[reason]
    return StripeRefused(Code.PARAMETER_INVALID, detail.format(name), param, stripe_code=code)
