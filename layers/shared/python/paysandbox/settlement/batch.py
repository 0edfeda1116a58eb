"""Stored settlement batches: their status and their statement for each merchant. `settlement` selects the entries."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from paysandbox.core.break_type import BreakType
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.core.record import record, replace
from paysandbox.settlement.close import Balance, Payout, Sums, Totals
from paysandbox.settlement.settlement import Batch


class BatchStatus(StrEnum):
    """Status of a batch. `failed` is not final: the next run resumes where the last one stopped."""

    OPEN = "open"
    """Entries are being collected."""
    CLOSING = "closing"
    """Its entries are final; the books, reports and notifications are derived from them."""
    CLOSED = "closed"
    """Final: the batch never changes again."""
    FAILED = "failed"
    """Its last run stopped early."""


@record(kw_only=True)
class Failure:
    """Step in which the last run failed, and the reason."""

    step: str
    reason: str


@record(kw_only=True)
class Count(Sums):
    """Control totals of a batch in one currency, across all merchants, in minor units."""

    paid_out: int = 0

    def plus(self, total: Sums) -> "Count":
        """Return these totals with those of a merchant added."""
        return replace(self, **{name: getattr(self, name) + amount for name, amount in total.by_name.items()})


@record(kw_only=True)
class StoredBatch:
    """A batch and the state of its run. All times are sandbox time, in UTC.

    `fees` (a fee schedule as text) and `minimum_payout` (minor units) are read once, when the batch is opened, so that
    a resumed run calculates with the same values. `opened_at` is the timestamp of all settlements in the batch.
    `execution` is the state machine execution that last processed it. `before` is the previous batch, whose closing
    balances are this batch's opening balances. `counts` is empty until the batch is closed. `breaks` are those that the
    run plants into the reports of each merchant, where `seed` says.
    """

    batch: Batch
    status: BatchStatus
    opened_at: datetime
    execution: str
    fees: str
    minimum_payout: int
    before: str | None = None
    sealed_at: datetime | None = None
    closed_at: datetime | None = None
    failure: Failure | None = None
    counts: tuple[Count, ...] = ()
    merchants: int = 0
    set_aside: int = 0
    breaks: tuple[BreakType, ...] = ()
    seed: int = 0

    @property
    def name(self) -> str:
        """Name of the batch."""
        return str(self.batch.name)


@record(kw_only=True)
class ReportFile:
    """A report file in the bucket: its object key, size in bytes and SHA-256 (hexadecimal).

    `rows` is its number of lines or breaks. None: it is that of the statement's entries.
    """

    key: str
    size: int
    sha256: str
    rows: int | None = None


@record(kw_only=True)
class Statement:
    """A merchant's statement in a batch, by currency.

    `reports` has the files by format: `csv`, `json`, `manifest`, and `breaks` if the others have planted breaks.
    """

    batch: str
    merchant: str
    totals: Mapping[str, Totals]
    balances: Mapping[str, Balance]
    reports: Mapping[str, ReportFile] = field(default_factory=dict[str, ReportFile])

    @property
    def rows(self) -> int:
        """Number of entries."""
        return sum(total.count for total in self.totals.values())

    @property
    def payouts(self) -> dict[str, str]:
        """Payout ids by currency."""
        return {currency: balance.payout.id for currency, balance in self.balances.items() if balance.payout}

    def payouts_to(self, destination: PayoutDestination) -> tuple[Payout, ...]:
        """Return the payouts to a destination, by currency. Those to the balance move nothing."""
        every = (balance.payout for balance in self.balances.values())
        return tuple(payout for payout in every if payout and payout.destination is destination)
