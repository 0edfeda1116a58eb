"""The entries of payments in the journal of balances: one for each balance transaction. Pure."""

from collections.abc import Iterator
from typing import Final

from paysandbox.balance.transaction import BalanceTransaction, TransactionKind, transactions_of
from paysandbox.funds.journal_entry import JournalEntry
from paysandbox.payments.payment import Payment, steps
from paysandbox.settlement.fees import FeeSchedule
from paysandbox.settlement.settlement import has_early_funds

_OF_CAPTURES: Final = frozenset({TransactionKind.CAPTURE, TransactionKind.CAPTURE_FAILED})


def entries_of(payment: Payment, fees: FeeSchedule) -> Iterator[JournalEntry]:
    """Yield the entries of a payment, of all merchants that share it, oldest first."""
    has_early = has_early_funds(payment)
    return (entry_of(moved, has_early=has_early) for moved in transactions_of(payment, [*steps(payment)], fees))


def entry_of(moved: BalanceTransaction, *, has_early: bool) -> JournalEntry:
    """Return the entry of a balance transaction. `has_early`: the payment's captures are available at once."""
    return JournalEntry(
        id=moved.id,
        merchant=moved.merchant,
        kind=str(moved.kind),
        currency=moved.currency,
        amount=moved.amount,
        fee=moved.fee,
        at=moved.at,
        # A failure takes back what was early.
        is_early=has_early and moved.kind in _OF_CAPTURES,
    )
