"""The memory of the per-merchant workers does not grow with the merchant's day."""

import json
import tracemalloc
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.schema import ENTRIES_KEY, ENTRIES_SORT, ENTRY_SHARDS, shard_of_text
from paysandbox.core import ids
from paysandbox.core.cards.brand import Brand
from paysandbox.payments.payment import LineKind
from paysandbox.settlement import bookkeeping, tables as settlement_tables
from paysandbox.settlement.batch import BatchStatus, Statement, StoredBatch
from paysandbox.settlement.batches import get_statement
from paysandbox.settlement.business_day import BatchName, cutoff_of
from paysandbox.settlement.entries import Entries, entry_item
from paysandbox.settlement.fees import STANDARD_FEES, read_fees
from paysandbox.settlement.reports import files as report_files, order as report_order, write as reports
from paysandbox.settlement.settlement import Batch, Entry
from paysandbox.settlement.writes import note_merchant, open_batch, store_copy
from settlement import close_books, write_reports
from tests.support.builders import build
from tests.support.worlds import table_snapshot
from tests.support.worlds.settlement_scenario import PATIENT

Json = dict[str, Any]

pytestmark = [pytest.mark.untraced, pytest.mark.full]

BATCH = Batch(BatchName(build.MONDAY.date()), cutoff_of(build.MONDAY.date()))
NAME = str(BATCH.name)
SLICE = shard_of_text(build.MERCHANT, ENTRY_SHARDS)
WORKERS = {
    "close_books": (close_books.handler, {"batch": NAME}),
    "write_reports": (write_reports.handler, {"batch": NAME, "slice": SLICE}),
}
PAGE = 10
"""Entries in a page."""


def test_memory_does_not_depend_on_the_number_of_entries() -> None:
    """With a page, a run and a part so small that both days fill them."""
    with patch.object(report_order, "RUN", 300), patch.object(report_files, "PART_BYTES", 15_000):
        (few, small), (more, large) = day(300), day(3_000)
    before, after = (sum(file.size for file in one.reports.values()) for one in (small, large))
    assert after > 9 * before > 9 * 2 * 15_000
    for worker, held in more.items():
        # If the workers kept entries or bytes, the difference would exceed half of the difference in file sizes.
        assert held - few[worker] < (after - before) / 3, worker


def day(count: int) -> tuple[dict[str, int], Statement]:
    """Return each worker's peak memory (bytes) over a merchant's day of so many entries, and the statement."""
    table_snapshot.put_back(table_snapshot.EMPTY)
    batches = settlement_tables.batches()
    kept = StoredBatch(
        batch=BATCH,
        status=BatchStatus.OPEN,
        opened_at=BATCH.cutoff,
        execution="test",
        fees=STANDARD_FEES,
        minimum_payout=100,
    )
    open_batch(batches, kept)
    store_copy(batches, kept)
    note_merchant(batches, NAME, build.MERCHANT)
    with entries_held(count), patch.object(runtime, "s3", lambda: S3_THAT_KEEPS_NOTHING):
        held = {name: most_held(name) for name in WORKERS}
    statement = get_statement(batches, NAME, build.MERCHANT)
    assert statement is not None
    assert statement.rows == count
    return held, statement


def most_held(name: str) -> int:
    worker, asked = WORKERS[name]
    tracemalloc.start()
    try:
        assert worker(asked, PATIENT)["status"] == "done"
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@contextmanager
def entries_held(count: int) -> Iterator[None]:
    """Read the entries in small pages, from texts created before memory is traced."""
    kept = Entries(Pages(count), "entries", 0)  # pyright: ignore[reportArgumentType] - all that is asked of a client
    with patch.object(bookkeeping, "entries", lambda: kept), patch.object(reports, "entries", lambda: kept):
        yield


class Pages:
    """Answers queries for a merchant's entries as DynamoDB's client does, a page at a time."""

    def __init__(self, count: int) -> None:
        self._shards: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for entry in entries(count):
            item = entry_item(entry, None)
            self._shards[item[ENTRIES_KEY]["S"]].append((item[ENTRIES_SORT]["S"], json.dumps(item)))
        for rows in self._shards.values():
            rows.sort()

    def query(self, *, ExpressionAttributeValues: Json, ExclusiveStartKey: str = "", **_: Any) -> Json:  # noqa: N803 - boto3's words
        rows = self._shards[ExpressionAttributeValues[":0"]["S"]]
        begin = bisect_right(rows, (ExclusiveStartKey, "~"))
        page = rows[begin : begin + PAGE]
        more = {"LastEvaluatedKey": page[-1][0]} if begin + PAGE < len(rows) else {}
        return {"Items": [json.loads(text) for _, text in page], **more}


S3_THAT_KEEPS_NOTHING = SimpleNamespace(
    put_object=lambda **_: {},
    create_multipart_upload=lambda **_: {"UploadId": "1"},
    upload_part=lambda **_: {"ETag": "1", "ChecksumCRC32": "AAAAAA=="},
    complete_multipart_upload=lambda **_: {},
)


def entries(count: int) -> Iterator[Entry]:
    """Return this many captures of a day."""
    fees = read_fees(STANDARD_FEES)
    for number in range(count):
        payment_id = ids.payment_id("settlement", str(number))
        gross = 10_00 + number
        yield Entry(
            batch=NAME,
            merchant=build.MERCHANT,
            currency="USD",
            operation_id=ids.operation_id(ids.CAPTURE, payment_id, build.own(1)),
            payment_id=payment_id,
            kind=LineKind.CAPTURE,
            occurred_at=build.MONDAY + timedelta(seconds=number * 7 % 36_000),
            gross=gross,
            fee=fees.fee_of(gross, Brand.VISA),
            brand=Brand.VISA,
            last4="4242",
            reference=f"order-{number}",
        )
