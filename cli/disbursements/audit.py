"""The audit of an environment's funds and disbursements."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.connection.target import Target
    from paysandbox.disbursements.funds_audit import FundsAudit, PayoutToFunds

# A full read each, for what was written during the one before.
_READ_AGAIN: Final = 2
PAUSE_S = 1.0


def audit_funds(target: Target) -> FundsAudit | None:
    """Audit funds and disbursements. None: the environment has none."""
    from cli.disbursements.tables import find_table
    from paysandbox.disbursements import funds_scan

    table = find_table(target)
    if table is None:
        return None
    left = iter(range(_READ_AGAIN))

    def look_again() -> bool:
        time.sleep(PAUSE_S)
        return next(left, None) is not None

    return funds_scan.audit_funds(table, _payouts_of(target), look_again=look_again)


def facts(audited: FundsAudit) -> dict[str, Any]:
    """The JSON output."""
    return {
        "fundings": audited.fundings,
        "movements": audited.movements,
        "disbursements": audited.disbursements,
    }


def _payouts_of(target: Target) -> Callable[[], Iterator[PayoutToFunds]]:
    """Return a function that reads the payouts of all batches that are kept as funds, newest batch first."""

    def read() -> Iterator[PayoutToFunds]:
        from cli.settlement.credentials import settlement_access
        from paysandbox.disbursements.funds_audit import PayoutToFunds
        from paysandbox.settlement.batch import BatchStatus
        from paysandbox.settlement.batches import get_batch, latest_batch, statements_of

        batches = settlement_access(target).batches
        batch = latest_batch(batches)
        while batch is not None:
            is_closed = batch.status is BatchStatus.CLOSED
            for statement in statements_of(batches, batch.name):
                for payout in statement.payouts_to_funds:
                    yield PayoutToFunds(
                        id=payout.id,
                        merchant=payout.merchant,
                        currency=payout.currency,
                        amount=payout.amount,
                        is_due=is_closed,
                    )
            batch = get_batch(batches, batch.before) if batch.before else None

    return read
