"""The page's decimals of currencies are those of the API."""

import re
from pathlib import Path

from paysandbox.core.currency import MINOR_DIGITS

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
