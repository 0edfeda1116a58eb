"""The journal of a merchant's balance: an entry for each balance transaction, and their sums. Pure."""

from datetime import UTC, datetime
from typing import Final

from paysandbox.core import ids
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.funds.funding import Funding
from paysandbox.funds.movement import Movement

PAYOUT: Final = "payout"
"""The kind of the entry of a settlement batch's payout."""

FUNDING: Final = "funding"

OPENING: Final = "opening"
"""The kind of an entry that stands for what payments moved which were deleted before there was a journal."""

_BEGINNING: Final = datetime.fromtimestamp(0, UTC)
"""The time of opening entries: before all others."""

_OF_BATCH: Final = "@"
_OF_FUNDS: Final = "."


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
        return position_of(self.id, self.at)


def position_of(entry: str, at: datetime) -> str:
    """Return where an entry of a time is in its merchant's list, by its ID."""
    return f"{format_timestamp(at)}#{entry}"


def entry_at(position: str) -> str:
    """Return the ID of the entry at a position."""
    return position.partition("#")[2]


def entry_of_movement(movement: Movement) -> JournalEntry:
    """Return the entry of a movement of a merchant's funds."""
    return JournalEntry(
        id=entry_id(str(movement.kind), movement.id),
        merchant=movement.merchant,
        kind=str(movement.kind),
        currency=movement.currency,
        amount=movement.amount,
        fee=0,
        at=movement.at,
    )


def entry_of_funding(funding: Funding) -> JournalEntry:
    """Return the entry of a funding."""
    return JournalEntry(
        id=entry_id(FUNDING, funding.id),
        merchant=funding.merchant,
        kind=FUNDING,
        currency=funding.currency,
        amount=funding.amount,
        fee=0,
        at=funding.at,
    )


def opening_entry(merchant: str, currency: str, amount: int) -> JournalEntry:
    """Return the opening entry of a merchant in a currency, of which there is one (minor units)."""
    return JournalEntry(
        id=entry_id(OPENING, f"{ids.OPENING}_{ids.derive(OPENING, merchant, currency)}"),
        merchant=merchant,
        kind=OPENING,
        currency=currency,
        amount=amount,
        fee=0,
        at=_BEGINNING,
    )


def is_opening(entry: JournalEntry) -> bool:
    """Return whether an entry is an opening entry."""
    return entry.kind == OPENING


def opening_position(of: str) -> str:
    """Return where the opening entry with this ID (`opn_…`) is in its merchant's list."""
    return position_of(entry_id(OPENING, of), _BEGINNING)


def entry_id(kind: str, of: str) -> str:
    """Return the ID of the entry of what changed a merchant's funds: `transfer.tr_…`."""
    return f"{kind}{_OF_FUNDS}{of}"


def changer_of_funds(entry: str) -> tuple[str, str] | None:
    """Return the kind and the ID of what changed the funds, by the ID of its entry, or None for any other entry.

    An opening entry is named as one of funds is.
    """
    kind, found, of = entry.partition(_OF_FUNDS)
    return (kind, of) if found and _OF_BATCH not in entry else None


def payout_entry_id(batch: str, currency: str) -> str:
    """Return the ID of the entry of a batch's payout in a currency."""
    return f"{batch}{_OF_BATCH}{currency}"


def payout_of_entry(entry_id: str) -> tuple[str, str] | None:
    """Return the batch and the currency of a payout's entry, or None for any other entry."""
    batch, found, currency = entry_id.partition(_OF_BATCH)
    return (batch, currency) if found else None
