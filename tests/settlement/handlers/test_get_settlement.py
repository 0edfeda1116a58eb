"""GET /settlements/{batch}: totals, balances, the entries that the batch left out, and links to its reports."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from paysandbox.aws import runtime
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.settlement.batch import BatchStatus, ReportFile
from paysandbox.settlement.routes import GET_SETTLEMENT
from paysandbox.settlement.tables import batches
from paysandbox.settlement.writes import store_reports
from tests.settlement import settled
from tests.support.builders import build
from tests.support.clients.call import Reply, send

BATCH = "2026-11-16"


def shown(batch: str = BATCH, merchant: str = build.MERCHANT) -> Reply:
    return send(GET_SETTLEMENT, path={"batch": batch}, api_key=build.api_key(merchant))


def test_without_reports() -> None:
    settled.statement(settled.batch(BATCH, BatchStatus.CLOSING), USD=(10_00, 0, 59))
    reply = shown().json
    assert (reply["batch"], reply["status"], reply["business_date"]) == (BATCH, "closing", BATCH)
    assert (reply["set_aside"], reply["reports"]) == ([], [])
    assert reply["totals"][0]["net"] == 9_41


def test_report_links() -> None:
    """Valid for a quarter of an hour of wall time, with a descriptive file name, and created without an AWS call."""
    settled.statement(settled.batch(BATCH), USD=(10_00, 0, 59), reports=True)
    before = runtime.wall_now()
    csv, json = shown().json["reports"]
    for report, form, content_type in [(csv, "csv", "text/csv; charset=utf-8"), (json, "json", "application/json")]:
        assert (report["format"], report["rows"], report["sha256"]) == (form, 2, settled.SHA256)
        left = parse_timestamp(report["expires_at"]) - before
        assert timedelta(minutes=14, seconds=58) < left <= timedelta(minutes=15, seconds=5)
        url = urlsplit(report["url"])
        asked = {name: value for name, (value,) in parse_qs(url.query).items()}
        assert url.hostname == "paysandbox-test-reports.s3.us-east-1.amazonaws.com"
        assert (url.scheme, url.path) == ("https", f"/{BATCH}/demo.{form}")
        assert (asked["X-Amz-Expires"], asked["X-Amz-Algorithm"]) == ("900", "AWS4-HMAC-SHA256")
        assert asked["response-content-type"] == content_type
        assert asked["response-content-disposition"] == f'attachment; filename="settlement_{BATCH}.{form}"'


def test_the_answer_key_is_beside_reports_with_breaks() -> None:
    """Each report has its own number of rows then: breaks add lines to it, and take some out."""
    made = settled.statement(settled.batch(BATCH), USD=(10_00, 0, 59))
    files = {
        form: ReportFile(key=f"{BATCH}/demo.{ending}", size=9, sha256=settled.SHA256, rows=rows)
        for form, ending, rows in [("csv", "csv", 3), ("json", "json", 3), ("breaks", "breaks.json", 1)]
    }
    store_reports(batches(), made, files)
    reports = shown().json["reports"]
    assert [(one["format"], one["rows"]) for one in reports] == [("csv", 3), ("json", 3), ("breaks", 1)]
    asked = parse_qs(urlsplit(reports[2]["url"]).query)
    assert asked["response-content-disposition"] == [f'attachment; filename="settlement_{BATCH}.breaks.json"']
    assert asked["response-content-type"] == ["application/json"]


def test_local_links_work_in_browsers_and_curl(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settled.statement(settled.batch(BATCH), USD=(10_00, 0, 59), reports=True)
    shown()  # makes the clients that are kept: only the one for links may be of that address
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
    runtime.s3_links.cache_clear()
    url = urlsplit(shown().json["reports"][0]["url"])
    runtime.s3_links.cache_clear()
    assert (url.netloc, url.path) == ("localhost:4566", f"/paysandbox-test-reports/{BATCH}/demo.csv")


def test_excluded_payments_of_the_merchant() -> None:
    kept = settled.batch(BATCH)
    settled.statement(kept, USD=(10_00, 0, 59))
    for payment_id, reason in [("auth_b", "counters: no"), ("auth_a", "postings: no")]:
        settled.left_out(kept, payment_id, reason)
    settled.left_out(kept, "auth_c", "no", build.OTHER_MERCHANT)
    assert shown().json["set_aside"] == [
        {"payment_id": "auth_a", "reason": "postings: no"},
        {"payment_id": "auth_b", "reason": "counters: no"},
    ]


def test_earlier_batch() -> None:
    settled.statement(settled.batch(BATCH), USD=(1, 0, 0))
    settled.batch("2026-11-17", BatchStatus.OPEN)
    assert shown().json["status"] == "closed"


@pytest.mark.parametrize(
    "batch",
    ["", "2026-11-15", "2026-11-16.1", "2026-11-16.2", "2026-02-30", "latest", "merchant#demo", "ünï", "x" * 500],
)
def test_unknown_batch(batch: str) -> None:
    settled.statement(settled.batch(BATCH), USD=(1, 0, 0))
    reply = shown(batch)
    assert (reply.status, reply.code) == (404, "resource_not_found")


def test_another_merchants_batch_is_unknown() -> None:
    settled.statement(settled.batch(BATCH), build.OTHER_MERCHANT, USD=(1, 0, 0))
    assert shown(merchant=build.OTHER_MERCHANT).status == 200
    theirs, nobodys = shown().json, shown("2026-11-15").json
    assert {**theirs, "request_id": ""} == {**nobodys, "request_id": ""}
