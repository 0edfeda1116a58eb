"""A balance transaction as the native API lists it: its entry of the journal, and when it is available. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from paysandbox.balance.journal_audit import NO_FEES
from paysandbox.balance.transaction import transactions_of
from paysandbox.core.ids import payment_of
from paysandbox.core.record import record
from paysandbox.funds.journal_entry import JournalEntry
from paysandbox.payments.payment import Payment, steps


@record(kw_only=True)
class ListedTransaction:
    """An entry and its status. Both `is_available` and `available_on` are None if its payment was purged.

    `available_on` is when it became available, or is expected to, as the next nightly batch takes it.
    """

    entry: JournalEntry
    is_available: bool | None
    available_on: datetime | None


def listed(entries: Iterable[JournalEntry], payments: Mapping[str, Payment]) -> list[ListedTransaction]:
    """Return a merchant's entries with their status, in the same order. `payments` are those of the entries, by ID."""
    moved = {
        (moved.merchant, moved.id): moved
        for payment in payments.values()
        for moved in transactions_of(payment, [*steps(payment)], NO_FEES)
    }

    def with_status(entry: JournalEntry) -> ListedTransaction:
        if payment_of(entry.id) is None:
            # Funds and payouts are available at once.
            return ListedTransaction(entry=entry, is_available=True, available_on=entry.at)
        of_payment = moved.get((entry.merchant, entry.id))
        return ListedTransaction(
            entry=entry,
            is_available=of_payment.is_available if of_payment else None,
            available_on=of_payment.available_on if of_payment else None,
        )

    return [with_status(entry) for entry in entries]
