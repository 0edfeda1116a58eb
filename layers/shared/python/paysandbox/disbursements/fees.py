"""What a disbursement costs a merchant, as the environment's settings say.

A fixed amount in minor units of the currency, taken with the amount and given back unless it was paid. "": no fee.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

from paysandbox.core.currency import is_known
from paysandbox.disbursements.methods import AVAILABLE, Method

_ENTRY: Final = re.compile(r"(?:([A-Za-z]+):)?([A-Za-z]{3})=([0-9]{1,8})")


class DisbursementFeesInvalidError(ValueError):
    """Invalid fees. The message has the invalid part and the reason."""


def read_disbursement_fees(text: str, methods: Collection[Method] = AVAILABLE) -> Mapping[Method, Mapping[str, int]]:
    """Parse fees by payment method and currency such as `usd=25,eur=35,paypal:usd=30`, in any order.

    An entry without a method is for all `methods` that have none of their own in this currency. Currencies that are not
    named have no fee.

    Raises DisbursementFeesInvalidError for anything else, such as an unknown currency, a repeated entry, or a method
    that is not one of `methods`.
    """
    entries: dict[tuple[Method | None, str], int] = {}
    for part in filter(None, text.split(",")):
        match = _ENTRY.fullmatch(part.strip(" "))
        if match is None:
            raise DisbursementFeesInvalidError(f"{part!r} does not read like usd=25 (currency, minor units).")
        named, sent, amount = match.groups()
        currency = sent.upper()
        if not is_known(currency):
            raise DisbursementFeesInvalidError(f"{sent!r} is not the code of a currency.")
        method = next((each for each in methods if named is not None and each == named.lower()), None)
        if named is not None and method is None:
            raise DisbursementFeesInvalidError(f"{named!r} is not one of the payment methods: {', '.join(methods)}.")
        if (method, currency) in entries:
            raise DisbursementFeesInvalidError(f"{match[0].partition('=')[0]!r} is there twice.")
        entries[method, currency] = int(amount)
    currencies = dict.fromkeys(currency for _, currency in entries)
    return {
        method: {currency: entries.get((method, currency), entries.get((None, currency), 0)) for currency in currencies}
        for method in methods
    }
