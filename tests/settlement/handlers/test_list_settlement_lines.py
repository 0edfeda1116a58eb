"""GET /settlements/{batch}/lines: the lines of the merchant's report, page by page."""

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.settings import ReportsSettings
from paysandbox.core.cards.brand import Brand
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.payment import LineKind
from paysandbox.settlement.batch import ReportFile
from paysandbox.settlement.routes import LIST_SETTLEMENT_LINES
from paysandbox.settlement.settlement import Entry, Exclusion
from paysandbox.settlement.tables import batches
from paysandbox.settlement.writes import store_reports
from tests.settlement import settled
from tests.support.builders import build
from tests.support.builders.reports import contents, csv_of
from tests.support.clients.call import Reply, send

BATCH = "2026-11-16"
REFERENCES = (None, "order-1042", '=HYPERLINK("http://x",1)\nand, "more"\r\n💶', "'tis", '"' * 100, "💶" * 100, "", "7")
ASIDE = [Exclusion(merchant=build.MERCHANT, payment_id="auth_" + "a" * 26, reason="why" * 160)]


def entry(number: int, reference: str | None) -> Entry:
    return Entry(
        batch=BATCH,
        merchant=build.MERCHANT,
        currency="USD",
        operation_id=build.operation_id("cap", number),
        payment_id=build.PAYMENT_ID,
        kind=[*LineKind][number % len(LineKind)],
        occurred_at=build.MONDAY + timedelta(seconds=number),
        gross=1_00 * number,
        fee=number,
        brand=Brand.VISA,
        last4="4242",
        reference=reference,
        late=number == 2,
    )


ENTRIES = [entry(number, reference) for number, reference in enumerate(REFERENCES)]


def report(*entries: Entry, aside: list[Exclusion] | None = None) -> int:
    """Store a batch whose report has these lines. Returns the file's size."""
    kept = settled.batch(BATCH)
    text = csv_of(contents(kept.batch, build.MERCHANT, [*entries], {}, aside or []))
    made = settled.statement(kept, USD=(10_00, 0, 59), reports=True)
    key = made.reports["csv"].key if made.reports else f"{BATCH}/{build.MERCHANT}.csv"
    bucket = runtime.settings_of(ReportsSettings).reports_bucket
    runtime.s3().create_bucket(Bucket=bucket)
    runtime.s3().put_object(Bucket=bucket, Key=key, Body=text)
    store_reports(batches(), made, {"csv": ReportFile(key=key, size=len(text), sha256=settled.SHA256)})
    return len(text)


def listed(merchant: str = build.MERCHANT, batch: str = BATCH, **query: Any) -> Reply:
    return send(LIST_SETTLEMENT_LINES, path={"batch": batch}, query=query, api_key=build.api_key(merchant))


def test_lines_of_the_report() -> None:
    report(*ENTRIES, aside=ASIDE)
    reply = listed()
    assert reply.json["next_cursor"] is None
    assert reply.json["data"] == [
        {
            "line_no": place,
            "item_id": each.operation_id,
            "type": str(each.kind),
            "payment_id": each.payment_id,
            "reference": each.reference or None,
            "occurred_at": format_timestamp(each.occurred_at),
            "currency": "USD",
            "gross": each.gross,
            "fee": each.fee,
            "net": each.net,
            "late": each.late,
        }
        for place, each in enumerate(ENTRIES, start=1)
    ]


@pytest.mark.parametrize("limit", [1, 3, 4, 8])
@pytest.mark.parametrize("aside", [[], ASIDE])
def test_pages_have_each_line_once(limit: int, aside: list[Exclusion]) -> None:
    report(*ENTRIES, aside=aside)
    found: list[int] = []
    cursor: str | None = None
    while not found or cursor is not None:
        page = listed(limit=str(limit), cursor=cursor).json
        found += [line["line_no"] for line in page["data"]]
        cursor = page["next_cursor"]
        assert len(page["data"]) == limit or cursor is None
    assert found == [*range(1, len(ENTRIES) + 1)]


@pytest.mark.parametrize("aside", [[], ASIDE])
def test_no_lines(aside: list[Exclusion]) -> None:
    report(aside=aside)
    assert listed().json == {"data": [], "next_cursor": None}


def forged(start: int) -> str:
    """Return a cursor with the right mark, which is not secret."""
    mark = hashlib.sha256(json.dumps(["settlement_lines", build.MERCHANT, BATCH]).encode()).hexdigest()[:8]
    return urlsafe_b64encode(f"{mark}{start}".encode()).decode().rstrip("=")


def test_a_cursor_is_a_place_in_this_report() -> None:
    size = report(*ENTRIES)
    cursor = listed(limit="1").json["next_cursor"]
    settled.statement(settled.batch("2026-11-17"), USD=(10_00, 0, 59))
    assert listed(batch="2026-11-17", cursor=cursor).code == "cursor_invalid"
    for start in (1, 200, 500, size - 1, size, size + 1, 10**14):
        assert listed(cursor=forged(start)).code == "cursor_invalid", start


def test_of_another_merchant() -> None:
    report(*ENTRIES)
    assert listed(build.OTHER_MERCHANT).code == "resource_not_found"
    assert listed(batch="latest").code == "resource_not_found"
