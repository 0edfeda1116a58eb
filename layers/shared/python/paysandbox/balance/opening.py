"""What payments moved that were deleted before a journal of balances was begun. Pure.

A home of an earlier version may have batches whose payments are gone. An opening entry stands for what they moved: what
the batches settled, less what the payments that are left moved of it, and entries whose payments are gone.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from paysandbox.balance.entries import entries_of
from paysandbox.balance.journal_audit import NO_FEES
from paysandbox.core.ids import payment_of
from paysandbox.funds.journal_entry import JournalEntry, is_opening, opening_entry, payout_of_entry
from paysandbox.payments.payment import Payment, state_of
from paysandbox.settlement.close import Balance

_Of = tuple[str, str]
"""Merchant and currency."""


@dataclass(slots=True)
class Opening:
    """What is left to open each balance with, in minor units. Take all payments first, then batches and entries.

    `batch` is the last batch that was closed when the first payment was read.
    """

    batch: str | None
    _left: Counter[_Of] = field(default_factory=Counter[_Of])
    _opened: Counter[_Of] = field(default_factory=Counter[_Of])
    _payments: set[str] = field(default_factory=set[str])

    def take_payment(self, payment: Payment) -> None:
        """Subtract what batches have of a payment."""
        self._payments.add(payment.id)
        lines = state_of(payment).lines
        for entry in entries_of(payment, NO_FEES):
            line = lines.get(entry.id)
            if line is not None and line.batch is not None:
                self._left[entry.merchant, entry.currency] -= entry.net

    def take_balance(self, balance: Balance) -> None:
        """Add what a batch settled."""
        self._left[balance.merchant, balance.currency] += balance.net

    def take_entry(self, entry: JournalEntry) -> None:
        """Subtract an entry whose payment is gone, and note an opening entry."""
        of_payment = payment_of(entry.id)
        if is_opening(entry):
            self._opened[entry.merchant, entry.currency] += entry.net
        elif of_payment is not None and of_payment not in self._payments and payout_of_entry(entry.id) is None:
            self._left[entry.merchant, entry.currency] -= entry.net

    def missing(self) -> Iterator[JournalEntry]:
        """Yield the opening entries that are missing, or have another amount."""
        for merchant, currency in sorted({*self._left, *self._opened}):
            amount = self._left[merchant, currency]
            if amount != self._opened[merchant, currency]:
                yield opening_entry(merchant, currency, amount)
