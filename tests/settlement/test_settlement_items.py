"""Entries and batches as items, and back."""

from dataclasses import replace
from datetime import date

import pytest

from paysandbox.aws.schema import BATCHES_KEY, BATCHES_SORT, TTL_ATTRIBUTE
from paysandbox.core.break_type import BreakType
from paysandbox.core.cards.brand import Brand
from paysandbox.payments.payment import LineKind
from paysandbox.settlement.batch import BatchStatus, Count, Failure, ReportFile, Statement, StoredBatch
from paysandbox.settlement.batches import (
    batch_facts,
    batch_from,
    exclusion_from,
    exclusion_item,
    merchant_key,
    place_of,
    reports_entry,
    statement_facts,
    statement_from,
)
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.close import Balance, Payout, Totals
from paysandbox.settlement.entries import entry_from, entry_item
from paysandbox.settlement.settlement import Batch, Entry, Exclusion
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR, MONDAY

ENTRY = Entry(
    batch="2026-11-16",
    merchant="demo",
    currency="USD",
    operation_id=f"cap_{build.PAYMENT_ID[5:]}aaaaaaaaaa",
    payment_id=build.PAYMENT_ID,
    kind=LineKind.CAPTURE,
    occurred_at=MONDAY,
    gross=1_000,
    fee=59,
    brand=Brand.VISA,
    last4="4242",
)
BATCH = StoredBatch(
    batch=Batch(BatchName(date(2026, 11, 16), 2), MONDAY),
    status=BatchStatus.OPEN,
    opened_at=MONDAY + HOUR,
    execution="2026-11-16.2",
    fees="default=30+290",
    minimum_payout=100,
)
PAID = Balance(
    batch="b",
    merchant="demo",
    currency="USD",
    opening=-5,
    net=105,
    payout=Payout(id="stl_x", batch="b", merchant="demo", currency="USD", amount=100),
    closing=0,
)


@pytest.mark.parametrize(
    "entry, purge_at",
    [
        (ENTRY, None),
        (ENTRY, 7),
        (replace(ENTRY, reference="=1+1"), None),
        (replace(ENTRY, late=True), None),
        (replace(ENTRY, planted=BreakType.DUPLICATE), None),
        (replace(ENTRY, kind=LineKind.REFUND, gross=-400, fee=0), None),
        (replace(ENTRY, kind=LineKind.REFUND_REVERSAL, gross=400, fee=0), None),
        (replace(ENTRY, kind=LineKind.CHARGEBACK, gross=-400, fee=0), None),
        (replace(ENTRY, kind=LineKind.DISPUTE_FEE_REVERSAL, gross=1_500, fee=0), None),
    ],
)
def test_entries_round_trip(entry: Entry, purge_at: int | None) -> None:
    item = entry_item(entry, purge_at)
    assert entry_from(item) == entry
    assert (TTL_ATTRIBUTE in item) is (purge_at is not None)


@pytest.mark.parametrize(
    "kept",
    [
        BATCH,
        replace(BATCH, batch=replace(BATCH.batch, after=MONDAY - DAY), sealed_at=MONDAY + 2 * HOUR),
        replace(BATCH, status=BatchStatus.FAILED, failure=Failure(step="write_reports", reason="no bucket")),
        replace(
            BATCH,
            status=BatchStatus.CLOSED,
            sealed_at=MONDAY,
            closed_at=MONDAY + DAY,
            counts=(Count(currency="USD", count=3, gross=1_000, refunds=400, fees=59, paid_out=541),),
            merchants=2,
            set_aside=1,
        ),
        replace(
            BATCH,
            status=BatchStatus.CLOSED,
            counts=(
                Count(currency="EUR", count=2, chargebacks=400, dispute_fees=1_500),
                Count(currency="USD", count=1, dispute_fees=-1_500, paid_out=1_500),
            ),
        ),
    ],
)
def test_batches_round_trip(kept: StoredBatch) -> None:
    assert batch_from(batch_facts(kept)) == kept


@pytest.mark.parametrize(
    "statement",
    [
        Statement(batch="b", merchant="demo", totals={}, balances={}),
        Statement(
            batch="b",
            merchant="demo",
            totals={"USD": Totals(merchant="demo", currency="USD", count=2, gross=1_000, refunds=400, fees=59)},
            balances={"USD": PAID},
        ),
        Statement(
            batch="b",
            merchant="demo",
            totals={},
            balances={
                "EUR": Balance(batch="b", merchant="demo", currency="EUR", opening=-7, net=0, payout=None, closing=-7)
            },
        ),
        Statement(
            batch="b",
            merchant="demo",
            totals={
                "USD": Totals(merchant="demo", currency="USD", count=2, chargebacks=400, dispute_fees=1_500),
                "EUR": Totals(merchant="demo", currency="EUR", count=1, dispute_fees=-1_500),
            },
            balances={},
        ),
        Statement(
            batch="b",
            merchant="demo",
            totals={},
            balances={},
            reports={"csv": ReportFile(key="b/demo.csv", size=12, sha256="ab")},
        ),
    ],
)
def test_statements_round_trip(statement: Statement) -> None:
    item = merchant_key("b", "demo") | {"merchant": {"S": "demo"}} | statement_facts(statement)
    if statement.reports:
        item["reports"] = reports_entry(statement.reports)
    assert statement_from(item) == statement


BEFORE_DISPUTES = {
    "count": {"N": "3"},
    "gross": {"N": "1000"},
    "refunds": {"N": "400"},
    "fees": {"N": "59"},
}


def test_sums_without_disputes_are_stored_and_read_as_before_there_were_any() -> None:
    sums: dict[str, int] = {"count": 3, "gross": 1_000, "refunds": 400, "fees": 59}
    statement = Statement(
        batch="b", merchant="demo", totals={"USD": Totals(merchant="demo", currency="USD", **sums)}, balances={}
    )
    facts = statement_facts(statement)
    assert facts["totals"] == {"M": {"USD": {"M": BEFORE_DISPUTES}}}
    assert statement_from(merchant_key("b", "demo") | {"merchant": {"S": "demo"}} | facts) == statement
    closed = replace(BATCH, status=BatchStatus.CLOSED, counts=(Count(currency="USD", **sums, paid_out=541),))
    facts = batch_facts(closed)
    assert facts["counts"] == {"L": [{"M": {"currency": {"S": "USD"}, **BEFORE_DISPUTES, "paid_out": {"N": "541"}}}]}
    assert batch_from(facts) == closed


def test_no_statement_before_the_books_are_closed() -> None:
    assert statement_from(merchant_key("b", "demo") | {"merchant": {"S": "demo"}}) is None


def test_exclusions_round_trip() -> None:
    one = Exclusion(merchant="demo", payment_id=build.PAYMENT_ID, reason="books: no")
    item = exclusion_item("b", one)
    assert exclusion_from(item) == one
    assert (item[BATCHES_KEY], item[BATCHES_SORT]) == ({"S": "b"}, {"S": f"aside#demo#{build.PAYMENT_ID}"})


def test_keys_sort_by_batch() -> None:
    names = [BatchName(date(2026, 11, day), number) for day in (9, 16) for number in (1, 2, 9, 10, 99_999)]
    assert [place_of(name) for name in names] == sorted(map(place_of, names))
