"""An in-memory ledger that applies changes like the table, with the domain's own interpretation of a change.

It is for tests of payment rules, which need no table: a thousand cases take as long as one on a table.
tests/payments/ledger/test_change_agreement.py checks that both ledgers agree on every change.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from paysandbox.payments.change import Change
from paysandbox.payments.payment import Payment
from paysandbox.payments.refusals import Verdict, judge
from tests.support.builders.build import RETENTION

RETENTION_S: Final = int(RETENTION.total_seconds())


@dataclass
class MemoryLedger:
    """In-memory ledger of payments by id."""

    payments: dict[str, Payment] = field(default_factory=dict[str, Payment])

    def put(self, payment: Payment) -> None:
        """Store a new payment."""
        self.payments.setdefault(payment.id, payment)

    def get(self, payment_id: str) -> Payment | None:
        """Return the payment, or None if there is none."""
        return self.payments.get(payment_id)

    def items(self) -> Mapping[str, object]:
        """Return a copy of all payments, for later comparison."""
        return dict(self.payments)

    def change(self, payment_id: str, decide: Callable[[Payment | None], Change]) -> Payment:
        """Decide on a change and apply it, as `payments.store.change_payment` does."""
        current: Payment | None = None
        for _ in range(4):
            change, held = decide(current), self.payments.get(payment_id)
            if held is not None and change.fits(held):
                after = change.apply(held)
                until = max((timer.at for one in after.operations for timer in one.timers), default=None)
                purge_at = int(max(change.operation.at, until or change.operation.at).timestamp()) + RETENTION_S
                self.payments[payment_id] = replace(after, purge_at=purge_at, open_until=until)
                return self.payments[payment_id]
            current = held
            if judge(change, current) is Verdict.REPLAY and current is not None:
                return current
        raise AssertionError("others are working on it, and there are no others")

    def due(self) -> Iterator[Payment]:
        """Iterate over the payments that would be in the due index."""
        return (payment for payment in list(self.payments.values()) if payment.due_at is not None)
