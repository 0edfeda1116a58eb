"""Fees: the amount deducted from each capture at settlement, by card brand.

A fee is a fixed amount plus basis points (hundredths of a percent) of the gross, rounded half up to a whole minor unit:
`fixed + (gross * bps + 5000) // 10000`. It is rounded once per capture and never on a sum, so that the lines of a
report add up to its totals.

- The fixed amount is in minor units of the payment's currency, without conversion: 30 is 0.30 USD, 30 JPY and
  0.030 KWD.
- A fee never exceeds the gross: if a capture of 0.10 USD has a fixed fee of 0.30 USD, the fee is 0.10 USD and the net
  is 0. So a sale never costs a merchant money, and only refunds make a balance negative.
- Only captures have a fee. The fee of a refunded capture is not returned.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Final

from paysandbox.core.cards.brand import Brand
from paysandbox.core.record import record
from paysandbox.payments.payment import LineKind, SettlementLine

DEFAULT: Final = "default"
MAX_BPS: Final = 10_000

STANDARD_FEES: Final = "default=30+290,amex=30+340"
"""A typical blended rate: 2.9 % + 30, and half a percent more for American Express."""

_ENTRY: Final = re.compile(r"([a-z]+)=([0-9]{1,8})\+([0-9]{1,5})")


class FeesInvalidError(ValueError):
    """Invalid fee schedule. The message has the invalid part and the reason."""


@record
class Fee:
    """A fixed amount (minor units) and basis points of the gross."""

    fixed: int
    bps: int

    def of(self, gross: int) -> int:
        """Return the fee of a capture of `gross` minor units (more than 0): at least 0, at most `gross`."""
        return min(gross, self.fixed + (gross * self.bps + 5_000) // 10_000)


@record
class FeeSchedule:
    """Fees by brand, and the default fee of all other brands."""

    default: Fee
    brands: Mapping[Brand, Fee] = field(default_factory=dict[Brand, Fee])

    def fee_of(self, gross: int, brand: Brand) -> int:
        """Return the fee of a capture (gross > 0)."""
        return self.brands.get(brand, self.default).of(gross)

    def fee_of_line(self, line: SettlementLine, brand: Brand) -> int:
        """Return the fee of a settlement line: that which its batch recorded, or what this schedule says until then."""
        if line.batch is not None:
            return line.fee
        return self.fee_of(line.gross, brand) if line.kind is LineKind.CAPTURE else 0


def read_fees(text: str) -> FeeSchedule:
    """Parse a fee schedule such as `default=30+290,amex=30+340`, in any order. The default is required.

    Raises FeesInvalidError for anything else, such as an unknown or repeated brand, or a number out of range.
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
