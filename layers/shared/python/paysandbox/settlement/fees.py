"""Fees: what is kept of each capture when it is settled, by the card's brand.

A fee is a fixed amount plus basis points (hundredths of a percent) of the gross, rounded half up to a whole minor unit:
`fixed + (gross * bps + 5000) // 10000`. It is rounded once for each capture and never on a sum, so that the lines of a
report add up to its totals.

- Both parts are in minor units of the payment's own currency, whatever that is: 30 is 0.30 USD, 30 JPY and 0.030 KWD.
  There is no rate to convert by.
- A fee is never more than the gross: of a capture of 0.10 USD it is all, and its net is 0. So a sale cannot cost a
  merchant money, and only refunds make a balance negative.
- A refund costs nothing, and the fee of what is refunded is not given back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from paysandbox.core.brand import Brand

DEFAULT: Final = "default"
MAX_BPS: Final = 10_000

STANDARD_FEES: Final = "default=30+290,amex=30+340"
"""What a blended price list says: 2.9 % + 30, and half a percent more for American Express."""

_ENTRY: Final = re.compile(r"([a-z]+)=([0-9]{1,8})\+([0-9]{1,5})")


class FeesInvalidError(ValueError):
    """A setting that is no fee schedule. The text says which part, and why."""


@dataclass(frozen=True, slots=True)
class Fee:
    """A fixed amount (minor units) and basis points of the gross."""

    fixed: int
    bps: int

    def of(self, gross: int) -> int:
        """What is kept of a capture of `gross` minor units (more than 0): 0 at least, and `gross` at most."""
        return min(gross, self.fixed + (gross * self.bps + 5_000) // 10_000)


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """The fee of each brand that has one of its own, and the fee of all others."""

    default: Fee
    brands: Mapping[Brand, Fee] = field(default_factory=dict[Brand, Fee])

    def fee_of(self, gross: int, brand: Brand) -> int:
        """What is kept of a capture (gross > 0), or of a refund (gross < 0): of that, nothing."""
        return self.brands.get(brand, self.default).of(gross) if gross > 0 else 0


def read_fees(text: str) -> FeeSchedule:
    """The schedule that a setting says: `default=30+290,amex=30+340`, in any order, the default among them.

    Raises FeesInvalidError for anything else: an unknown brand, a brand twice, a number out of bounds.
    """
    fees: dict[str, Fee] = {}
    for part in text.split(","):
        match = _ENTRY.fullmatch(part.strip(" "))
        if match is None:
            raise FeesInvalidError(f"{part!r} does not read like amex=30+340 (brand, minor units, basis points).")
        name, fee = match[1], Fee(int(match[2]), int(match[3]))
        if name != DEFAULT and name not in list(Brand):
            raise FeesInvalidError(f"{name!r} is no brand; there are {DEFAULT}, {', '.join(Brand)}.")
        if name in fees:
            raise FeesInvalidError(f"{name!r} is there twice.")
        if fee.bps > MAX_BPS:
            raise FeesInvalidError(f"{part!r} takes more than all: {MAX_BPS} basis points are 100 %.")
        fees[name] = fee
    if DEFAULT not in fees:
        raise FeesInvalidError(f"{text!r} does not say the fee of all other brands: default=30+290.")
    return FeeSchedule(fees.pop(DEFAULT), {Brand(name): fee for name, fee in fees.items()})
