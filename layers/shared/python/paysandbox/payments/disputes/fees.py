"""What a chargeback costs a merchant, as the environment's settings say.

A fee is a fixed amount in minor units of the payment's currency, without conversion: 1500 is 15.00 USD, 1500 JPY and
1.500 KWD. A chargeback costs it once, whatever stages it goes through.

Sources disagree on whether it is returned to a merchant who wins. Stripe said that it refunds it ("Dispute fees FAQ"),
and its test texts do ("Testing use cases", Evidence: `winning_evidence` credits amount and fee). Since June 2025 there
is a second fee, for contesting the dispute, and that one is returned ("Stripe Dispute Fees: A Complete Breakdown",
Chargeback Gurus). Amount and return are stored when the dispute opens: other settings change no dispute that exists.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Final

from paysandbox.core.currency import is_known
from paysandbox.core.record import record

DEFAULT: Final = "default"

STANDARD_DISPUTE_FEES: Final = "default=1500"

_ENTRY: Final = re.compile(r"([A-Za-z]+)=([0-9]{1,8})")


class DisputeFeesInvalidError(ValueError):
    """Invalid dispute fees. The message has the invalid part and the reason."""


@record(kw_only=True)
class DisputeFees:
    """Fees of a chargeback by currency (minor units), and whether one is returned when the merchant wins."""

    default: int = 0
    by_currency: Mapping[str, int] = field(default_factory=dict[str, int])
    returned_if_won: bool = True

    def of(self, currency: str) -> int:
        """Return the fee of a chargeback in a currency (ISO 4217 code, upper case)."""
        return self.by_currency.get(currency, self.default)


NO_FEES = DisputeFees()


def read_dispute_fees(text: str, *, returned_if_won: bool) -> DisputeFees:
    """Parse fees by currency such as `default=1500,eur=2000,jpy=1300`, in any order. The default is required.

    Raises DisputeFeesInvalidError for anything else, such as an unknown or repeated currency.
    """
    fees: dict[str, int] = {}
    for part in text.split(","):
        match = _ENTRY.fullmatch(part.strip(" "))
        if match is None:
            raise DisputeFeesInvalidError(f"{part!r} does not read like eur=2000 (currency, minor units).")
        name = match[1] if match[1] == DEFAULT else match[1].upper()
        if name != DEFAULT and not is_known(name):
            raise DisputeFeesInvalidError(f"{match[1]!r} is neither {DEFAULT} nor the code of a currency.")
        if name in fees:
            raise DisputeFeesInvalidError(f"{match[1]!r} is there twice.")
        fees[name] = int(match[2])
    if DEFAULT not in fees:
        raise DisputeFeesInvalidError(
            f"{text!r} does not say the fee in all other currencies: {STANDARD_DISPUTE_FEES}."
        )
    return DisputeFees(default=fees.pop(DEFAULT), by_currency=fees, returned_if_won=returned_if_won)
