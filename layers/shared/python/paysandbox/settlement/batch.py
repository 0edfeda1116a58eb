"""A batch as it is kept: how far its run came, and what it says of each merchant. `settlement` says what is in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from paysandbox.settlement.close import Balance, Totals
from paysandbox.settlement.settlement import Batch


class BatchStatus(StrEnum):
    """How far a batch came. `failed` is none of its own for good: the next run goes on where it ended."""

    OPEN = "open"
    """Entries are being put."""
    CLOSING = "closing"
    """Its entries are fixed; books, reports and announcements follow from them."""
    CLOSED = "closed"
    """It never changes again."""
    FAILED = "failed"
    """Its last run ended early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """At which step the last run ended, and why."""

    step: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Control totals of a batch in a currency, over all merchants. Amounts are minor units, `refunds` positive."""

    currency: str
    count: int = 0
    gross: int = 0
    refunds: int = 0
    fees: int = 0
    paid_out: int = 0

    @property
    def net(self) -> int:
        """What the merchants' balances move by."""
        return self.gross - self.refunds - self.fees


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBatch:
    """A batch and its run. All times are the sandbox's, in UTC.

    `fees` (the text of a schedule) and `minimum_payout` (minor units) are those of its opening, so that a run which is
    resumed reckons as the first one did. `opened_at` is the instant of all its settlements. `execution` is the
    execution of the state machine that worked on it last. `before` is the batch before, whose closing balances are the
    opening ones of this. `counts` are there once it is closed.
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

    @property
    def name(self) -> str:
        """The batch's name."""
        return str(self.batch.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A file of a report in the bucket: its key there, its bytes and their SHA-256 (hex)."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a batch says of a merchant, by currency. `reports` are files by format (`csv`, `json`, `manifest`)."""

    batch: str
    merchant: str
    totals: Mapping[str, Totals]
    balances: Mapping[str, Balance]
    reports: Mapping[str, ReportFile] = field(default_factory=dict[str, ReportFile])

    @property
    def rows(self) -> int:
        """Captures and refunds in it."""
        return sum(total.count for total in self.totals.values())

    @property
    def payouts(self) -> dict[str, str]:
        """Ids of payouts by currency."""
        return {currency: one.payout.id for currency, one in self.balances.items() if one.payout}
