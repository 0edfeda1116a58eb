"""The page's decimals of currencies, and Stripe's units, are those of the API."""

import re
from pathlib import Path

from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.core.record import replace
from paysandbox.core.stripe_amounts import UNITS, Units

PAGE = Path(__file__).resolve().parents[2] / "dashboard/src/parts/currency.ts"
DEFAULT = 2


def test_decimals_of_every_currency() -> None:
    source = PAGE.read_text()
    found = {
        digits: set(re.findall(rf"{name} = \"([A-Z ]+)\"", source)[0].split())
        for digits, name in ((0, "WITHOUT_DECIMALS"), (3, "THREE_DECIMALS"))
    }
    digits_of = {code: digits for digits, codes in found.items() for code in codes}
    assert {code: digits_of.get(code, DEFAULT) for code in MINOR_DIGITS} == MINOR_DIGITS
    assert digits_of.keys() <= MINOR_DIGITS.keys()


def test_stripes_units_of_every_currency() -> None:
    source = PAGE.read_text()
    found = {
        code: Units(**{unit: 100})
        for name, unit in (("HUNDREDTHS_AT_STRIPE", "stripe"), ("WHOLE_AT_STRIPE", "ledger"))
        for code in re.findall(rf"{name} = \"([A-Z ]+)\"", source)[0].split()
    }
    assert found == {code: replace(row, step=1) for code, row in UNITS.items() if row.stripe != row.ledger}
