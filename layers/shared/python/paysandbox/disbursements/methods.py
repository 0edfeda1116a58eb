"""The payment methods of disbursements: which are declared, and which have a rail that pays. Pure.

A rail joins with its line in `AVAILABLE` and its line in `rails.RAILS`. Fees and the default by environment follow.
"""

from enum import StrEnum
from typing import Final

from paysandbox.core.errors import Code, Refused


class Method(StrEnum):
    """How a disbursement is paid, as its `payment_method` says."""

    PAYPAL = "paypal"
    ACH = "ach"
    STRIPE = "stripe"


AVAILABLE: Final = (Method.PAYPAL,)
"""The methods that pay."""


def chosen_method(requested: str | None, default: str) -> Method:
    """Return the method that a request names, or that of the environment if it names none.

    Raises Refused(payment_method_unavailable) for one that is declared and has no rail.
    """
    method = Method(default if requested is None else requested)
    if method not in AVAILABLE:
        raise Refused(
            Code.PAYMENT_METHOD_UNAVAILABLE,
            f"{method} is not available yet. Use {' or '.join(AVAILABLE)}.",
            "payment_method",
        )
    return method
