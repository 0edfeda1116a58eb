"""What a disbursement costs a merchant, as the environment's settings say.

A fixed amount in minor units of the currency, taken with the amount and given back unless it was paid. "": no fee.
"""

import re
from collections.abc import Mapping
from typing import Final

from paysandbox.core.currency import is_known

_ENTRY: Final = re.compile(r"([A-Za-z]{3})=([0-9]{1,8})")


class DisbursementFeesInvalidError(ValueError):
    """Invalid fees. The message has the invalid part and the reason."""


def read_disbursement_fees(text: str) -> Mapping[str, int]:
    """Parse fees by currency such as `usd=25,eur=35`, in any order. Currencies that are not named have none.

    Raises DisbursementFeesInvalidError for anything else, such as an unknown or repeated currency.
    """
    fees: dict[str, int] = {}
    for part in filter(None, text.split(",")):
        match = _ENTRY.fullmatch(part.strip(" "))
        if match is None:
            raise DisbursementFeesInvalidError(f"{part!r} does not read like usd=25 (currency, minor units).")
        currency = match[1].upper()
        if not is_known(currency):
            raise DisbursementFeesInvalidError(f"{match[1]!r} is not the code of a currency.")
        if currency in fees:
            raise DisbursementFeesInvalidError(f"{match[1]!r} is there twice.")
        fees[currency] = int(match[2])
    return fees
