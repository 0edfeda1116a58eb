"""Recount the sums of a journal, and what each merchant has available, from entries, batches and payments. Pure."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from paysandbox.core.ids import payment_of
from paysandbox.core.record import replace
from paysandbox.funds.available import Available, AvailableFunds, SettledSums
from paysandbox.funds.journal_entry import JournalEntry, changer_of_funds, is_opening, payout_of_entry
from paysandbox.payments.payment import Payment, state_of
from paysandbox.settlement.close import Balance

_Of = tuple[str, str]
"""Merchant and currency."""

_NOTHING: Final = SettledSums()


@dataclass(slots=True)
class Recount:
    """The entries, batches and payments taken so far. `entered` is the net of payments' entries by merchant and
    currency, in minor units."""

    entered: Counter[_Of] = field(default_factory=Counter[_Of])
    _funds: Counter[_Of] = field(default_factory=Counter[_Of])
    _early: dict[str, list[JournalEntry]] = field(default_factory=dict[str, list[JournalEntry]])
    _early_total: Counter[_Of] = field(default_factory=Counter[_Of])
    _early_left: Counter[_Of] = field(default_factory=Counter[_Of])
    _settled: dict[_Of, SettledSums] = field(default_factory=dict[_Of, SettledSums])
    _batch: dict[str, str] = field(default_factory=dict[str, str])

    def take_entry(self, entry: JournalEntry) -> None:
        """Add an entry to the sums. That of a batch's payout is in none: the batch has it."""
        of = (entry.merchant, entry.currency)
        if is_opening(entry):
            self.entered[of] += entry.net
        elif changer_of_funds(entry.id) is not None:
            self._funds[of] += entry.net
        elif payout_of_entry(entry.id) is None:
            self.entered[of] += entry.net
            if entry.is_early and (payment := payment_of(entry.id)) is not None:
                self._early.setdefault(payment, []).append(entry)
                self._early_total[of] += entry.net

    def take_balance(self, batch: str, balance: Balance) -> None:
        """Note what a batch settled of a merchant in a currency, oldest batch first."""
        of = (balance.merchant, balance.currency)
        before = self._settled.get(of, _NOTHING)
        self._batch[balance.merchant] = batch
        self._settled[of] = SettledSums(
            net=before.net + balance.net, carried=balance.closing, to_funds=before.to_funds + balance.to_funds
        )

    def early_payments(self) -> list[str]:
        """Return the IDs of payments that have early entries."""
        return sorted(self._early)

    def take_early(self, payment: Payment) -> None:
        """Note which of a payment's early entries no batch has."""
        lines = state_of(payment).lines
        for entry in self._early.get(payment.id, ()):
            line = lines.get(entry.id)
            if line is not None and line.batch is None:
                self._early_left[entry.merchant, entry.currency] += entry.net

    def available(self, merchant: str) -> AvailableFunds:
        """Return what a merchant should have available."""
        own = {of for sums in (self._funds, self._early_total, self._settled) for of in sums if of[0] == merchant}
        return AvailableFunds(
            batch=self._batch.get(merchant),
            of={currency: self._of((merchant, currency)) for _, currency in sorted(own)},
        )

    def _of(self, of: _Of) -> Available:
        settled, early = self._settled.get(of, _NOTHING), self._early_left[of]
        return Available(
            amount=self._funds[of] + settled.to_funds + settled.carried + early,
            early=early,
            settled=replace(settled, early=self._early_total[of] - early),
        )
