"""Audit the journal of balances: its entries are what payments moved and batches paid out, and its sums theirs. Pure.

Each disagreement is a `Break` with the rule `journal`, as in the audit of payments. Entries of funds are compared with
what moved funds (`disbursements/funds_audit.py`). Payments may be purged, and entries are not.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from paysandbox.balance.entries import entries_of
from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.ids import payment_of
from paysandbox.core.record import replace
from paysandbox.funds.available import SettledSums, Sums
from paysandbox.funds.journal_entry import JournalEntry, changer_of_funds, is_opening, payout_of_entry
from paysandbox.payments.audit import Break
from paysandbox.payments.payment import Payment, state_of
from paysandbox.settlement.fees import Fee, FeeSchedule

Of = tuple[str, str]
"""Merchant and ID of an entry, or merchant and currency."""

NO_FEES: Final = FeeSchedule(Fee(0, 0))
"""For what does not depend on fees that are not final."""


@dataclass(slots=True)
class JournalAudit:
    """What the payments and batches taken so far should have entered, and what is."""

    stored: dict[Of, JournalEntry] = field(default_factory=dict[Of, JournalEntry])
    _expected: dict[Of, JournalEntry] = field(default_factory=dict[Of, JournalEntry])
    _final: set[Of] = field(default_factory=set[Of])
    _payments: set[str] = field(default_factory=set[str])
    _settled: dict[Of, SettledSums] = field(default_factory=dict[Of, SettledSums])

    def take_payment(self, payment: Payment | None) -> None:
        """Note what a payment moved, if it is one that can be read. One that is read again replaces itself."""
        if payment is None or not payment.captures:
            return
        self._payments.add(payment.id)
        lines = state_of(payment).lines
        for entry in entries_of(payment, NO_FEES):
            of = (entry.merchant, entry.id)
            self._expected[of] = entry
            line = lines.get(entry.id)
            if line is None or line.batch is not None:
                self._final.add(of)

    def forget_batches(self) -> None:
        """Forget all batches, before they are read again."""
        self._settled.clear()

    def take_payout(self, entry: JournalEntry) -> None:
        """Note the payout of a batch."""
        self._expected[entry.merchant, entry.id] = entry
        self._final.add((entry.merchant, entry.id))

    def take_balance(self, merchant: str, currency: str, *, net: int, to_funds: int, closing: int) -> None:
        """Note what a batch settled of a merchant, oldest batch first, and its closing balance (minor units).

        `to_funds` is what of it stays available: draws, and a payout that is kept.
        """
        before = self._settled.get((merchant, currency), SettledSums())
        self._settled[merchant, currency] = replace(
            before, net=before.net + net, carried=closing, to_funds=before.to_funds + to_funds
        )

    def take_entry(self, entry: JournalEntry) -> None:
        """Note a stored entry. Those of funds are not compared here."""
        if changer_of_funds(entry.id) is None or is_opening(entry):
            self.stored[entry.merchant, entry.id] = entry

    def missing(self) -> list[str]:
        """Return the payments of which something is not as it should be: they may have changed since they were read."""
        wrong = [of for of, entry in self._expected.items() if self._fault(of, entry)]
        stray = [of for of in self.stored if of not in self._expected]
        return [payment for _, name in (*wrong, *stray) if (payment := payment_of(name)) is not None]

    def breaks(self, sums: Mapping[str, Mapping[str, Sums]]) -> list[Break]:
        """Return all differences. `sums` has the stored sums by merchant and currency."""
        found = [
            _break(name, f"{merchant}: {fault}")
            for (merchant, name), entry in self._expected.items()
            if (fault := self._fault((merchant, name), entry))
        ]
        for (merchant, name), entry in self.stored.items():
            of_payment = payment_of(name)
            is_known = of_payment in self._payments if of_payment else payout_of_entry(name) is not None
            if (merchant, name) not in self._expected and is_known:
                found.append(_break(name, f"{merchant}: {_amounts(entry)} is entered, and nothing moved it"))
        return [*found, *self._wrong_sums(sums)]

    def _fault(self, of: Of, expected: JournalEntry) -> str | None:
        stored = self.stored.get(of)
        if stored is None:
            return f"{_amounts(expected)} is not entered"
        if of not in self._final:
            # Until it is settled, its fee is that of the schedule when it was entered.
            expected = replace(expected, fee=stored.fee)
        if stored != expected:
            return f"{_amounts(stored)} is entered, not {_amounts(expected)}"
        return None

    def _wrong_sums(self, sums: Mapping[str, Mapping[str, Sums]]) -> Iterable[Break]:
        entered, early, failed = Counter[Of](), Counter[Of](), Counter[Of]()
        for entry in self.stored.values():
            if payout_of_entry(entry.id) is None:
                of = (entry.merchant, entry.currency)
                entered[of] += entry.net
                early[of] += entry.net if entry.is_early else 0
                failed[of] += min(entry.net, 0) if entry.is_early else 0
        stored_sums = {(merchant, currency): each for merchant, of in sums.items() for currency, each in of.items()}
        for merchant, currency in sorted({*stored_sums, *entered, *self._settled}):
            of = (merchant, currency)
            stored, settled = stored_sums.get(of, Sums()), self._settled.get(of, SettledSums())
            available = stored.available
            pairs = (
                ("sum of entries", stored.entered, entered[of]),
                ("sum of early entries", available.early + available.settled.early, early[of]),
                ("settled sum", available.settled.net, settled.net),
                ("carried balance", available.settled.carried, settled.carried),
                ("sum of draws and kept payouts", available.settled.to_funds, settled.to_funds),
            )
            if available.amount < (floor := min(settled.carried, 0) + failed[of]):
                texts = [amount_with_code(minor, currency) for minor in (available.amount, floor)]
                yield _break(f"{merchant} in {currency}", "{} is available, less than {}".format(*texts))
            for name, ours, theirs in pairs:
                if ours != theirs:
                    detail = (
                        f"the {name} is {amount_with_code(ours, currency)}, not {amount_with_code(theirs, currency)}"
                    )
                    yield _break(f"{merchant} in {currency}", detail)


def _amounts(entry: JournalEntry) -> str:
    amount, fee = (amount_with_code(minor, entry.currency) for minor in (entry.amount, entry.fee))
    return f"{amount} and a fee of {fee}"


def _break(where: str, detail: str) -> Break:
    return Break(rule="journal", where=where, detail=detail)
