"""The journal of a merchant's balance: an entry for each balance transaction, and their sums. Pure."""

from datetime import datetime
from typing import Final

from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp

PAYOUT: Final = "payout"
"""The kind of the entry of a settlement batch's payout."""

_OF_BATCH: Final = "@"


@record(kw_only=True)
class JournalEntry:
    """A balance transaction of a merchant, in minor units of `currency`, at its time (UTC).

    `id` is that of the balance transaction, and unique for the merchant. `is_early`: it counts towards what is
    available before a settlement batch has it.
    """

    id: str
    merchant: str
    kind: str
    currency: str
    amount: int
    fee: int
    at: datetime
    is_early: bool = False

    @property
    def net(self) -> int:
        """What the balance changes by."""
        return self.amount - self.fee

    @property
    def position(self) -> str:
        """Where the entry is in the merchant's list: text that sorts by time."""
        return f"{format_timestamp(self.at)}#{self.id}"


@record(kw_only=True)
class SettledSums:
    """What all settlement batches have of a merchant in one currency, in minor units.

    `net` is the sum of all, `early` the part of it that was available before, and `carried` what was not paid out.
    """

    net: int = 0
    early: int = 0
    carried: int = 0


@record(kw_only=True)
class Sums:
    """The sums of a merchant's entries of payments in one currency, in minor units.

    `entered` is the net of all, `early` that of those that are early, and `settled` what batches have of them.
    """

    entered: int = 0
    early: int = 0
    settled: SettledSums = SettledSums()

    @property
    def available(self) -> int:
        """What is settled and not paid out, and what is available early."""
        return self.settled.carried + self._early

    @property
    def pending(self) -> int:
        """What no batch has, less what is available early."""
        return self.entered - self.settled.net - self._early

    @property
    def _early(self) -> int:
        return self.early - self.settled.early


def payout_entry_id(batch: str, currency: str) -> str:
    """Return the ID of the entry of a batch's payout in a currency."""
    return f"{batch}{_OF_BATCH}{currency}"


def payout_of_entry(entry_id: str) -> tuple[str, str] | None:
    """Return the batch and the currency of a payout's entry, or None for any other entry."""
    batch, found, currency = entry_id.partition(_OF_BATCH)
    return (batch, currency) if found else None
