"""The entries of disbursements in the journal of a merchant's balance. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from paysandbox.core.amount_text import amount_with_code
from paysandbox.disbursements.disbursement import FINAL, Disbursement, Status
from paysandbox.funds.journal_entry import JournalEntry, changer_of_funds, entry_id, is_opening
from paysandbox.payments.audit import Break

_Of = tuple[str, str]
"""Merchant and ID."""

DISBURSEMENT: Final = "disbursement"
RETURN: Final = "disbursement_return"


def entry_of_acceptance(disbursement: Disbursement) -> JournalEntry:
    """Return the entry of what accepting a disbursement takes: its amount, and its fee."""
    return JournalEntry(
        id=entry_id(DISBURSEMENT, disbursement.id),
        merchant=disbursement.merchant,
        kind=DISBURSEMENT,
        currency=disbursement.currency,
        amount=-disbursement.amount,
        fee=disbursement.fee,
        at=disbursement.created_at,
    )


def entry_of_return(after: Disbursement, returned: int) -> JournalEntry:
    """Return the entry of what a step gives back, in minor units: the amount, and the fee if it was never paid.

    The disbursement is as after that step.
    """
    return JournalEntry(
        id=entry_id(RETURN, after.id),
        merchant=after.merchant,
        kind=RETURN,
        currency=after.currency,
        amount=after.amount,
        fee=after.amount - returned,
        at=after.since,
    )


def entries_of_disbursement(disbursement: Disbursement) -> tuple[JournalEntry, ...]:
    """Return the entries of a disbursement so far. What was paid and came back later has lost its fee."""
    accepted = entry_of_acceptance(disbursement)
    if disbursement.status not in FINAL - {Status.PAID}:
        return (accepted,)
    returned = disbursement.amount + (0 if disbursement.was_paid() else disbursement.fee)
    return (accepted, entry_of_return(disbursement, returned))


@dataclass(slots=True)
class EntriesAudit:
    """The entries that fundings, movements and disbursements should have, and those that are stored."""

    _expected: dict[_Of, JournalEntry] = field(default_factory=dict[_Of, JournalEntry])
    _stored: dict[_Of, JournalEntry] = field(default_factory=dict[_Of, JournalEntry])

    def expect(self, *entries: JournalEntry) -> None:
        """Note entries that should be stored."""
        self._expected |= {(entry.merchant, entry.id): entry for entry in entries}

    def take(self, entry: JournalEntry) -> None:
        """Note a stored entry. Those of payments and batches, and opening entries, are not compared here."""
        if changer_of_funds(entry.id) is not None and not is_opening(entry):
            self._stored[entry.merchant, entry.id] = entry

    def breaks(self) -> Iterator[Break]:
        """Yield the differences."""
        for of in sorted({*self._expected, *self._stored}):
            both = (self._stored.get(of), self._expected.get(of))
            if both[0] != both[1]:
                ours, theirs = (
                    f"{amount_with_code(each.net, each.currency)} at {each.at}" if each else "nothing" for each in both
                )
                yield Break(rule="journal", where=of[1], detail=f"{of[0]}: {ours} is entered, not {theirs}")
