"""A ledger in memory: takes changes as the table does, by the domain's own reading of them.

For the rules of money, which need no table: a thousand cases take as long as one on moto. That both ledgers come to the
same, change by change, is held by tests/payments/test_change_agreement.py.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from paysandbox.payments.change import Change
from paysandbox.payments.payment import Payment
from paysandbox.payments.rules import Verdict, judge
from tests.support.build import RETENTION

RETENTION_S: Final = int(RETENTION.total_seconds())


@dataclass
class MemoryLedger:
    """Payments by id."""

    payments: dict[str, Payment] = field(default_factory=dict[str, Payment])

    def put(self, payment: Payment) -> None:
        """Record a new payment."""
        self.payments.setdefault(payment.id, payment)

    def get(self, payment_id: str) -> Payment | None:
        """The payment of that id, or None."""
        return self.payments.get(payment_id)

    def items(self) -> Mapping[str, object]:
        """Everything that it holds, to compare with later."""
        return dict(self.payments)

    def change(self, payment_id: str, decide: Callable[[Payment | None], Change]) -> Payment:
        """As `table.payments.change_payment`."""
        current: Payment | None = None
        for _ in range(4):
            change, held = decide(current), self.payments.get(payment_id)
            if held is not None and change.fits(held):
                purge_at = int(change.operation.at.timestamp()) + RETENTION_S
                self.payments[payment_id] = replace(change.apply(held), purge_at=purge_at)
                return self.payments[payment_id]
            current = held
            if judge(change, current) is Verdict.REPLAY and current is not None:
                return current
        raise AssertionError("others are working on it, and there are no others")

    def due(self) -> Iterator[Payment]:
        """Payments that the index of due ones would hold."""
        return (payment for payment in list(self.payments.values()) if payment.due_at is not None)
