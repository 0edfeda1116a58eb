"""One merchant's day of N entries: what the two workers hold that take a merchant at a time.

By the real workers and the tables of `settlement`; the entries are put there, as `collect_entries` would.
"""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from benchmarks import settlement
from benchmarks.settlement import Context, Spent, peak
from benchmarks.tables_in_sqlite import Tables
from paysandbox.domain import identity
from paysandbox.domain.brand import Brand
from paysandbox.domain.business_day import BatchName
from paysandbox.domain.fees import STANDARD_FEES, read_fees
from paysandbox.domain.settlement import Batch, Entry, Kind
from paysandbox.domain.settlement_batch import BatchStatus, KeptBatch, Statement
from paysandbox.runtime import settlement_tables
from paysandbox.runtime.report_order import line
from paysandbox.table.schema import ENTRY_SHARDS, shard_of_text
from paysandbox.table.settlement_batches import get_statement
from paysandbox.table.settlement_entries import entry_item
from paysandbox.table.settlement_writes import keep_copy, note_merchant, open_batch
from settlement import close_books, write_reports
from tests.support import build

SIZES: Final = (10_000, 60_000, 120_000)

NAME: Final = str(BatchName(settlement.DAY.date()))
SLICE: Final = shard_of_text(build.MERCHANT, ENTRY_SHARDS)
WORKERS: Final = {
    "close_books": (close_books.handler, {"batch": NAME}),
    "write_reports": (write_reports.handler, {"batch": NAME, "slice": SLICE}),
}


def measure(sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    """By the number of entries, the most that a call of each worker held (KB), and the bytes of files and of runs."""
    return {str(size): _figures(size) for size in sizes}


def _figures(count: int) -> dict[str, int]:
    held, statement = day(count)
    files = {f"{form}_bytes": file.size for form, file in statement.reports.items()}
    runs = {"line_bytes": sum(len(line(entry)) for entry in entries(count))}
    return {f"{name}_kb": round(of / 1_024) for name, of in held.items()} | files | runs


def day(count: int) -> tuple[dict[str, int], Statement]:
    """The most memory that each worker held (bytes) over such a day, and what it says of the merchant."""
    tables = Tables(settlement.KEYS)
    tables.put(settlement.ENTRIES, (entry_item(entry, None) for entry in entries(count)))
    with settlement.deployed(tables):
        batches = settlement_tables.batches()
        batch = Batch(BatchName.read(NAME), settlement.CUTOFF)
        kept = KeptBatch(
            batch=batch,
            status=BatchStatus.OPEN,
            opened_at=settlement.CUTOFF,
            execution="benchmark",
            fees=STANDARD_FEES,
            minimum_payout=100,
        )
        open_batch(batches, kept)
        keep_copy(batches, kept)
        note_merchant(batches, NAME, build.MERCHANT)
        held = {name: _held(name, tables) for name in WORKERS}
        statement = get_statement(batches, NAME, build.MERCHANT)
    tables.close()
    if statement is None or statement.rows != count or not statement.reports:
        raise AssertionError(f"{count} entries were not reported: {statement}")
    return held, statement


def entries(count: int) -> Iterator[Entry]:
    """That many captures of a day, at any time of it; the same each time."""
    dice, fees = random.Random(7), read_fees(STANDARD_FEES)
    for number in range(count):
        payment_id = identity.payment_id("settlement", str(number))
        gross = dice.randrange(1_00, 200_00)
        yield Entry(
            batch=NAME,
            merchant=build.MERCHANT,
            currency="USD",
            operation_id=identity.operation_id(identity.CAPTURE, payment_id, build.own(1)),
            payment_id=payment_id,
            kind=Kind.CAPTURE,
            occurred_at=settlement.DAY + timedelta(microseconds=dice.randrange(86_400_000_000)),
            gross=gross,
            fee=fees.fee_of(gross, Brand.VISA),
            brand=Brand.VISA,
            last4="4242",
            reference=f"order-{number}",
        )


def _held(name: str, tables: Tables) -> int:
    worker, asked = WORKERS[name]
    spent = Spent()
    with peak(spent):
        worker(asked, Context(name, tables.used))
    return spent.peak_bytes
