"""Batches in their final state, stored with the product's own writes: one keyword per part.

kept = settled.batch("2026-11-16")
settled.statement(kept, USD=(10_00, 2_00, 59), reports=True)
"""

from datetime import timedelta
from typing import Any, Final

from paysandbox.settlement.batch import BatchStatus, ReportFile, Statement, StoredBatch
from paysandbox.settlement.batches import batch_facts, batch_key, exclusion_item, latest_key
from paysandbox.settlement.business_day import BatchName, cutoff_of
from paysandbox.settlement.close import Of, Totals, close
from paysandbox.settlement.settlement import Batch, Exclusion
from paysandbox.settlement.tables import batches
from paysandbox.settlement.writes import store_reports, store_statement
from tests.support.builders import build

SHA256: Final = "ab" * 32


def batch(name: str, status: BatchStatus = BatchStatus.CLOSED, **parts: Any) -> StoredBatch:
    """Store a batch as the latest one. `parts` are fields of StoredBatch."""
    named = BatchName.read(name)
    cutoff = cutoff_of(named.day)
    facts: dict[str, Any] = {"fees": "default=30+290", "minimum_payout": 100, "execution": name} | parts
    kept = StoredBatch(batch=Batch(named, cutoff), status=status, opened_at=cutoff + timedelta(hours=2), **facts)
    for key in (batch_key(name), latest_key()):
        batches().client.put_item(TableName=batches().table, Item={**key, **batch_facts(kept)})
    return kept


def statement(
    kept: StoredBatch,
    merchant: str = build.MERCHANT,
    *,
    openings: dict[str, int] | None = None,
    reports: bool = False,
    **sums: tuple[int, int, int],
) -> Statement:
    """Store a merchant's statement: by currency, gross, refunds and fees of two lines, and opening balances."""
    totals: dict[Of, Totals] = {
        (merchant, currency): Totals(
            merchant=merchant, currency=currency, count=2, gross=gross, refunds=refunds, fees=fees
        )
        for currency, (gross, refunds, fees) in sums.items()
    }
    before: dict[Of, int] = {(merchant, currency): amount for currency, amount in (openings or {}).items()}
    closed = close(kept.name, totals, before)
    made = Statement(
        batch=kept.name,
        merchant=merchant,
        totals={of[1]: total for of, total in totals.items()},
        balances={of[1]: balance for of, balance in closed.items()},
    )
    store_statement(batches(), kept, made, listed=True)
    if reports:
        files = {
            form: ReportFile(key=f"{kept.name}/{merchant}.{form}", size=9, sha256=SHA256)
            for form in ("csv", "json", "manifest")
        }
        store_reports(batches(), made, files)
    return made


def left_out(kept: StoredBatch, payment_id: str, reason: str, merchant: str = build.MERCHANT) -> None:
    """Store a payment that a batch left out."""
    item = exclusion_item(kept.name, Exclusion(merchant=merchant, payment_id=payment_id, reason=reason))
    batches().client.put_item(TableName=batches().table, Item=item)
