"""The units of Stripe's API, and those of the ledger: ISO 4217 minor units. Amounts are converted as they come and go.

Source: Stripe, "Supported currencies" (docs.stripe.com/currencies), sections "Zero-decimal currencies", "Three-decimal
currencies" and "Special cases":

- ISK and UGX have no decimals any more, and two in the API, where amounts are multiples of 100: 5 ISK is 500.
- MGA is a zero-decimal currency. ISO 4217 gives it two digits.
- Amounts in BHD, JOD, KWD, OMR and TND end in 0: 5.124 KWD is sent as 5120 or 5130.

HUF and TWD have no decimals in payouts only, of which this API has none. Stripe's units of every other currency that it
lists are those of ISO 4217. The currencies that it does not list (UYI, IQD, LYD, …) have those units here too, and
no step.
"""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record

MAX_STRIPE_AMOUNT: Final = 99_999_999
"""In Stripe's units: eight digits ("Supported currencies", minimum and maximum charge amounts)."""


@record
class StripeAmount:
    """A positive amount in Stripe's units. It is no int, so that it is never taken for an amount of the ledger."""

    units: int


@record
class Units:
    """How Stripe counts a currency: `stripe` units are `ledger` minor units, and amounts are multiples of `step`."""

    stripe: int = 1
    ledger: int = 1
    step: int = 1


UNITS: Final = {
    **dict.fromkeys(("ISK", "UGX"), Units(stripe=100, step=100)),
    "MGA": Units(ledger=100),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), Units(step=10)),
}
"""The currencies (ISO 4217 codes) whose amounts are not ISO 4217 minor units at Stripe, or not each of them."""

_SAME: Final = Units()

# Published: ISK's in "Deprecation of fractional ISK charges and refunds" (support.stripe.com), UGX's in
# woocommerce/woocommerce-gateway-stripe#2674. That of the three-decimal currencies is ours.
_NO_DECIMALS: Final = (
    "Invalid amount. Currency {currency} has become effectively zero-decimal and charged amounts must be evenly "
    "divisible by 100. See https://stripe.com/docs/currencies#{section} for more information."
)
_SECTIONS: Final = {"ISK": "special-cases", "UGX": "zero-decimal"}


def units_of(currency: str) -> Units:
    """Return how Stripe counts a currency (ISO 4217, upper case): by default as ISO 4217 does."""
    return UNITS.get(currency, _SAME)


def to_ledger(amount: StripeAmount, currency: str, param: str = "amount") -> int:
    """Return an amount in ISO 4217 minor units; `currency` is its code in upper case.

    Refuses, for `param`, what Stripe's API does not take: amount_not_whole (ISK, UGX), amount_invalid (three decimals).
    """
    row = units_of(currency)
    if amount.units % row.step == 0:
        return from_stripe(amount.units, currency)
    section = _SECTIONS.get(currency)
    if section is not None:
        raise Refused(Code.AMOUNT_NOT_WHOLE, _NO_DECIMALS.format(currency=currency, section=section), param)
    raise Refused(
        Code.AMOUNT_INVALID,
        f"Invalid amount. Amounts in {currency} must end in 0. See "
        "https://docs.stripe.com/currencies#three-decimal for more information.",
        param,
    )


def from_stripe(units: int, currency: str) -> int:
    """Return an amount that Stripe's API shows in ISO 4217 minor units; `currency` is its code in upper case.

    Part of a minor unit, which its API does not show, is left out.
    """
    row = UNITS.get(currency)
    return units if row is None else _scaled(units, row.ledger, row.stripe)


def from_ledger(amount: int, currency: str) -> int:
    """Return an amount of ISO 4217 minor units in Stripe's units; `currency` is its code in upper case.

    Part of an ariary (MGA), which only the native API can charge, is left out.
    """
    row = UNITS.get(currency)
    return amount if row is None else _scaled(amount, row.stripe, row.ledger)


def _scaled(amount: int, times: int, by: int) -> int:
    whole = abs(amount) * times // by
    return whole if amount >= 0 else -whole
