"""Reports: exact bytes, no spreadsheet formulas, and files that parse back unchanged or with the faults named."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from paysandbox.core.break_type import BreakType
from paysandbox.core.cards.brand import Brand
from paysandbox.core.csv_text import defused, restored, row, rows
from paysandbox.payments.payment import LineKind
from paysandbox.settlement.batch import ReportFile
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.reports.reading import NotAReportError, read_report
from paysandbox.settlement.reports.reconciliation import reconcile
from paysandbox.settlement.reports.report import COLUMNS, manifest
from paysandbox.settlement.settlement import Batch, Entry, Exclusion
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR, MONDAY
from tests.support.builders.reports import contents, csv_of, json_of

GOLDEN = Path(__file__).parent / "golden"
BATCH = Batch(BatchName(date(2026, 11, 16), 2), datetime(2026, 11, 17, tzinfo=UTC))


def entry(gross: int, fee: int, number: int, **parts: Any) -> Entry:
    kind = LineKind.CAPTURE if gross > 0 else LineKind.REFUND
    usual: dict[str, Any] = {
        "batch": str(BATCH.name),
        "merchant": "demo",
        "currency": "USD",
        "operation_id": build.operation_id("cap" if gross > 0 else "ref", number),
        "payment_id": build.PAYMENT_ID,
        "kind": kind,
        "occurred_at": MONDAY,
        "gross": gross,
        "fee": fee,
        "brand": Brand.VISA,
        "last4": "4242",
    }
    return Entry(**usual | parts)


ENTRIES = [
    entry(-2_50, 0, 4, occurred_at=MONDAY + HOUR, reference="=HYPERLINK(\"http://x\",1)\nand, 'more' 💶"),
    entry(12_50, 66, 2, reference="order-1042"),
    entry(700, 50, 3, currency="JPY", brand=Brand.JCB, last4="0505", late=True, occurred_at=MONDAY - 3 * DAY),
    entry(1_00, 33, 1, reference="'tis"),
]
PAYOUTS = {"USD": "stl_" + "u" * 26}
ASIDE = [
    Exclusion(merchant="demo", payment_id="auth_" + "z" * 26, reason="counters: remaining is 1"),
    Exclusion(merchant="demo", payment_id="auth_" + "a" * 26, reason="-why"),
]
CONTENTS = contents(BATCH, "demo", ENTRIES, PAYOUTS, ASIDE)
EMPTY = contents(BATCH, "demo")
OF_DISPUTES = [
    entry(gross, 0, number, kind=kind, operation_id=build.operation_id("adj", number), currency=currency)
    for number, (kind, gross, currency) in enumerate(
        [
            (LineKind.CHARGEBACK, -12_50, "USD"),
            (LineKind.DISPUTE_FEE, -15_00, "USD"),
            (LineKind.CHARGEBACK, -700, "JPY"),
            (LineKind.CHARGEBACK_REVERSAL, 700, "JPY"),
            (LineKind.DISPUTE_FEE_REVERSAL, 1300, "JPY"),
        ],
        start=5,
    )
]
DISPUTED = contents(BATCH, "demo", [*ENTRIES, *OF_DISPUTES], PAYOUTS)
CSV, JSON = csv_of(CONTENTS), json_of(CONTENTS)


@pytest.mark.parametrize(
    "name, make",
    [
        ("settlement.csv", lambda: csv_of(CONTENTS)),
        ("settlement.json", lambda: json_of(CONTENTS)),
        (
            "manifest.json",
            lambda: manifest(
                CONTENTS,
                {"settlement.csv": ReportFile(key="a key", size=len(CSV), sha256=hashlib.sha256(CSV).hexdigest())},
            ),
        ),
        ("disputes.csv", lambda: csv_of(DISPUTED)),
        ("disputes.json", lambda: json_of(DISPUTED)),
        ("nothing.csv", lambda: csv_of(EMPTY)),
        ("nothing.json", lambda: json_of(EMPTY)),
    ],
)
def test_exact_bytes(name: str, make: Callable[[], bytes]) -> None:
    """A changed byte changes the reports of all closed batches. Review it, then regenerate the file."""
    assert make() == (GOLDEN / name).read_bytes()


def test_lines_name_their_kind() -> None:
    reversal = entry(2_00, 0, 3, kind=LineKind.REFUND_REVERSAL, operation_id=build.operation_id("rfu", 3))
    written = csv_of(contents(BATCH, "demo", [entry(2_00, 2_00, 1), entry(-2_00, 0, 2), reversal]))
    report = read_report(written)
    assert report.faults == ()
    assert {(line.item_id[:3], line.kind, line.gross) for line in report.lines} == {
        ("cap", "capture", 2_00),
        ("ref", "refund", -2_00),
        ("rfu", "refund_reversal", 2_00),
    }


def test_control_totals_of_disputes_reconcile() -> None:
    report = read_report(csv_of(DISPUTED))
    assert report.faults == ()
    assert reconcile(report, [*ENTRIES, *OF_DISPUTES]).of(BreakType.AMOUNT_MISMATCH) == ()
    totals = {one["currency"]: one for one in json.loads(json_of(DISPUTED))["totals"]}
    assert [(totals["USD"][name]) for name in ("chargebacks", "dispute_fees", "net")] == [12_50, 15_00, -17_49]
    # What was returned in the same batch cancels out, and a fee that an earlier batch has is negative.
    assert ("chargebacks" in totals["JPY"], totals["JPY"]["dispute_fees"]) == (False, -1300)
    for line in report.lines:
        sums = [one.net for one in report.lines if one.currency == line.currency]
        assert sum(sums) == totals[line.currency]["net"]


def test_value_dates_are_bank_days_of_the_currency() -> None:
    """The day after 2026-11-25 is Thanksgiving."""
    batch = Batch(BatchName(date(2026, 11, 25)), datetime(2026, 11, 26, tzinfo=UTC))
    entries = [entry(1_00, 0, number, batch=str(batch.name), currency=of) for number, of in enumerate(("USD", "EUR"))]
    lines = csv.DictReader(io.StringIO(csv_of(contents(batch, "demo", entries)).decode(), newline=""))
    assert {line["gross_currency"]: line["value_date"] for line in lines if line["record_type"] == "D"} == {
        "USD": "2026-11-27",
        "EUR": "2026-11-26",
    }


def test_order_of_entries_does_not_matter() -> None:
    backwards = contents(BATCH, "demo", ENTRIES[::-1], PAYOUTS, ASIDE[::-1])
    assert (csv_of(backwards), json_of(backwards)) == (CSV, JSON)


def test_csv_is_well_formed_with_control_totals_last() -> None:
    records = list(csv.DictReader(io.StringIO(CSV.decode(), newline=""), strict=True))
    assert {len(record) for record in records} == {len(COLUMNS)}
    assert "".join(record["record_type"] for record in records) == "HDDDDQQTTT"
    body, _, last = CSV.rstrip(b"\n").rpartition(b"\n")
    assert last.decode().endswith(hashlib.sha256(body + b"\n").hexdigest())


def test_csv_and_json_have_the_same_data() -> None:
    told = json.loads(JSON)
    read = read_report(CSV)
    names = ("item_id", "gross", "fee", "net", "late")
    assert [tuple(line[name] for name in names) for line in told["lines"]] == [
        tuple(getattr(line, name) for name in names) for line in read.lines
    ]
    assert [line["reference"] or "" for line in told["lines"]] == [line.reference for line in read.lines]
    assert {one["payment_id"]: one["reason"] for one in told["quarantined"]} == read.quarantined
    assert (told["batch"], told["merchant"]) == (read.batch, read.merchant)
    assert [(total["currency"], total["payout_id"]) for total in told["totals"]] == [
        ("JPY", None),
        ("USD", "stl_" + "u" * 26),
    ]


def test_payouts_of_older_balances_have_a_control_total() -> None:
    written = csv_of(replace(EMPTY, payouts={"EUR": "stl_x"}))
    assert read_report(written).faults == ()
    assert b",EUR,0,0,0,stl_x," in written


def test_only_a_payout_that_becomes_funds_has_a_destination() -> None:
    to_bank = replace(CONTENTS, payouts={**PAYOUTS, "JPY": "stl_" + "j" * 26})
    to_funds = replace(to_bank, to_funds={PAYOUTS["USD"]})
    jpy, usd = json.loads(json_of(to_bank))["totals"]
    assert json.loads(json_of(to_funds))["totals"] == [jpy, {**usd, "payout_destination": "balance"}]
    records = csv.DictReader(io.StringIO(csv_of(to_funds).decode(), newline=""))
    assert [(record["gross_currency"], record["type"]) for record in records if record["record_type"] == "T"] == [
        ("JPY", ""),
        ("USD", "balance"),
        ("", ""),
    ]


# --- texts ------------------------------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.text("=+-@'\"\t\r\n,; a＝", max_size=8)
FORMULA = re.compile(r"""(\A|[;\t\r\n])[" ]*[=+\-@\t\r\n＝＋－＠]""")


@given(text=texts)
def test_formulas_are_defused_and_round_trip(text: str) -> None:
    assert not FORMULA.search(defused(text))
    assert restored(defused(text)) == text


@pytest.mark.parametrize(
    "text, shown",
    [
        ("order-1042", "order-1042"),
        ("=1+1", "'=1+1"),
        ("'tis", "''tis"),
        ("a;=1+1", "a;'=1+1"),
        ("a;b;@SUM(A1);'c", "a;b;'@SUM(A1);''c"),
        ("a\t=1+1", "a\t'=1+1"),
        ("\t-1", "'\t'-1"),
        ("a\n+1", "a\n'+1"),
        ('a;"=1+1"', 'a;\'"=1+1"'),
        ("a; =1+1", "a;' =1+1"),
        ("1-1; a = b", "1-1; a = b"),
    ],
)
def test_formulas_are_defused_in_every_cell(text: str, shown: str) -> None:
    assert defused(text) == shown
    assert restored(shown) == text


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_formulas_are_defused_for_every_separator(separator: str) -> None:
    """Semicolons separate cells in most of Europe; a spreadsheet runs a formula without asking."""
    hostile = 'a;=HYPERLINK("http://x");"=1+1",=1+1,x\t@A1;-1'
    written = csv_of(contents(BATCH, "demo", [entry(12_50, 66, 1, reference=hostile)], {}, [])).decode()
    amounts = re.compile("-?[0-9]+")
    cells = [cell for line in csv.reader(io.StringIO(written, newline=""), delimiter=separator) for cell in line]
    assert [cell for cell in cells if cell.lstrip(' "')[:1] in [*"=+-@"] and not amounts.fullmatch(cell)] == []
    assert read_report(written.encode()).lines[0].reference == hostile


def test_only_caller_texts_are_quoted() -> None:
    details = [line for line in CSV.decode().splitlines() if line.startswith(("D", "Q"))]
    assert [re.findall('"[^"]*', line)[0][1:] for line in details if '"' in line] == [
        "''tis",
        "order-1042",
        "'=HYPERLINK(",
        "'-why",
        "counters: remaining is 1",
    ]


def test_reports_without_quoting_are_readable() -> None:
    read = read_report((GOLDEN / "settlement_before_quotes.csv").read_bytes())
    assert read == read_report(CSV)
    assert read.faults == ()


def test_a_byte_order_mark_is_no_change() -> None:
    assert read_report(b"\xef\xbb\xbf" + CSV) == read_report(CSV)
    assert read_report(b"\xef\xbb\xbf" + CSV).faults == ()


@given(records=st.lists(st.lists(texts, min_size=2, max_size=4), max_size=4))
def test_any_text_round_trips(records: list[list[str]]) -> None:
    assert rows("".join(map(row, records)).encode()) == records
    assert rows("".join(row(record, range(len(record))) for record in records).encode()) == records


entries = st.lists(
    st.builds(
        lambda number, gross, fee, text, currency, late, hours: entry(
            gross,
            fee,
            number,
            reference=text,
            currency=currency,
            late=late,
            occurred_at=MONDAY + timedelta(hours=hours),
        ),
        st.integers(1, 10_000),
        st.integers(-99_999_999, 99_999_999).filter(bool),
        st.integers(0, 1_000),
        texts,
        st.sampled_from(["USD", "EUR", "JPY"]),
        st.booleans(),
        st.integers(-100, 14),
    ),
    max_size=8,
    unique_by=lambda one: one.operation_id,
)


@given(found=entries, reasons=st.lists(texts, max_size=2))
def test_any_report_round_trips(found: list[Entry], reasons: list[str]) -> None:
    aside = [
        Exclusion(merchant="demo", payment_id=f"auth_{number}", reason=reason) for number, reason in enumerate(reasons)
    ]
    read = read_report(csv_of(contents(BATCH, "demo", found, set_aside=aside)))
    assert read.faults == ()
    facts = attrgetter("gross", "fee", "net", "currency", "reference", "late")
    assert {line.item_id: facts(line) for line in read.lines} == {one.operation_id: facts(one) for one in found}
    assert [line.line_no for line in read.lines] == [*range(1, len(found) + 1)]
    assert [*read.quarantined.values()] == reasons
    assert (read.batch, read.merchant, read.cutoff) == ("2026-11-16.2", "demo", BATCH.cutoff)


# --- modified files ---------------------------------------------------------------------------------------------------


def swapped(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def touch(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new, 1)

    return touch


@pytest.mark.parametrize(
    "touch, of",
    [
        (swapped(b"USD,1250,66,1184", b"USD,1251,66,1185"), {"USD", "sha256"}),
        (swapped(b"JPY,700,50,650", b"EUR,700,50,650"), {"EUR", "JPY", "sha256"}),
        (swapped(b"order-1042", b"order-1043"), {"sha256"}),
        (swapped(b"\n", b"\r\n"), {"sha256"}),
        (lambda data: data + b"\n", set[str]()),
        (lambda data: data.rstrip(b"\n"), set[str]()),
    ],
)
def test_wrong_trailers_are_reported(touch: Callable[[bytes], bytes], of: set[str]) -> None:
    assert {fault.of for fault in read_report(touch(CSV)).faults} == of


def records(*kept: int | str) -> Callable[[bytes], bytes]:
    """Return a function that makes a file of these records, by index, or of the given text."""

    def touch(data: bytes) -> bytes:
        found = [row(record) for record in rows(data)]
        return "".join(found[one] if isinstance(one, int) else one for one in kept).encode()

    return touch


@pytest.mark.parametrize(
    "touch, of",
    [
        (records(0, 1, 2, 3, 4, 6, 7, 8, 9, 10), {"USD", "lines", "sha256"}),  # a missing line
        (records(0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10), {"JPY", "lines", "sha256"}),  # a duplicate line
        (records(0, 1, 2, 3, 4, 5, 6, 8, 9, 10), {"quarantined", "sha256"}),
        (records(0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 10), {"JPY", "sha256"}),
        (records(0, 1, 2, 3, 4, 5, 6, 7, 9, 10), {"JPY", "sha256"}),
    ],
)
def test_missing_and_duplicate_records_are_reported(touch: Callable[[bytes], bytes], of: set[str]) -> None:
    assert {fault.of for fault in read_report(touch(CSV)).faults} == of


@pytest.mark.parametrize(
    "touch, says",
    [
        (lambda _: b"", "does not begin with the columns"),
        (lambda _: b"\xff\xfe", "not CSV in UTF-8"),
        (lambda _: b'"open', "not CSV in UTF-8"),
        (lambda _: b"a,b\n1,2\n", "does not begin with the columns"),
        (lambda _: JSON, "does not begin|not CSV"),
        (records(0), "not one H, then D"),
        (records(0, 1), "not one H, then D"),
        (records(0, 2, 1, 10), "not one H, then D"),
        (records(0, 1, 7, 2, 10), "not one H, then D"),
        (records(0, 1, 2, 10, 3), "not one H, then D"),
        (records(0, 1, "D,x\n", 10), "Record 3 has 2 fields"),
        (swapped(b"1250,66", b"12.50,66"), "Record 5 cannot be read: '12.50' is no whole number"),
        (swapped(b"1250,66", b"1_250,66"), "is no whole number"),
        (swapped(b"1250,66", b",66"), "'' is no whole number"),
        (swapped(b"T09:30:00.000000Z", b" 09:30"), "is no time like"),
        (swapped(b"T09:30:00.000000Z", b"T"), "cannot be read"),
        (swapped(b",false,", b",no,"), "cannot be read: 'no'"),
        (swapped(b"D,2026-11-16.2", b"D,2026-11-16"), "more than one batch or merchant"),
        (swapped(b"D,2026-11-16.2,demo", b"D,2026-11-16.2,globex"), "more than one batch or merchant"),
    ],
)
def test_invalid_reports_are_refused_with_the_position(touch: Callable[[bytes], bytes], says: str) -> None:
    with pytest.raises(NotAReportError, match=says):
        read_report(touch(CSV))
