"""The refusals that requests share which name a payment method. Separate, because every payment loads them."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.ids import payment_of_method

USED_BEFORE: Final = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a "
    "connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use "
    "a PaymentMethod multiple times, you must attach it to a Customer first."
)
"""Stripe's words."""

NOT_THEIRS: Final = (
    "The customer does not have a payment method with the ID {}. The payment method must be attached to the customer."
)
"""Stripe's words (flutter_stripe#379)."""


def used_before(param: str | None = "payment_method") -> Refused:
    """Return the refusal of a payment method that has paid without being attached, or was detached."""
    return Refused(Code.PARAMETER_INVALID, USED_BEFORE, param)


def not_theirs(name: str, param: str = "payment_method") -> Refused:
    """Return the refusal of a payment method that is not attached to the customer."""
    return Refused(Code.PARAMETER_INVALID, NOT_THEIRS.format(name), param)


@contextmanager
def of_an_intent(name: str, detail: str) -> Generator[None]:
    """Refuse (parameter_invalid) with this text, instead of as unknown, the card of an intent that is not stored.

    Its ID alone says what it is. It has no customer.
    """
    try:
        yield
    except Refused as refused:
        if refused.code is not Code.RESOURCE_NOT_FOUND or payment_of_method(name) is None:
            raise
        raise Refused(Code.PARAMETER_INVALID, detail) from None
