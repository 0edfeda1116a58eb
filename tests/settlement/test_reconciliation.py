"""Reconciliation: each kind of break is found and named; nothing is counted twice or omitted."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from paysandbox.core import ids
from paysandbox.core.break_type import BreakType
from paysandbox.payments.payment import LineKind
from paysandbox.settlement.reports.reading import Fault, Report, ReportLine, read_report
from paysandbox.settlement.reports.reconciliation import Reconciliation, reconcile
from paysandbox.settlement.settlement import Entry
from tests.settlement.test_settlement_report import BATCH, entry
from tests.support.builders.build import operation_id
from tests.support.builders.reports import contents, csv_of

T = BreakType

ENTRIES = [entry(10_00, 59, 1), entry(5_00, 45, 2), entry(-2_00, 0, 3)]
FIRST, SECOND, REFUND = (one.operation_id for one in ENTRIES)
REPORT = read_report(csv_of(contents(BATCH, "demo", ENTRIES)))
GHOST = operation_id("cap", 77)

Touch = Callable[[list[ReportLine]], object]


def line_with(place: int, **parts: object) -> Touch:
    return lambda lines: lines.__setitem__(place, replace(lines[place], **parts))


def found(reconciled: Reconciliation) -> list[tuple[BreakType, str]]:
    return [(one.type, one.key) for one in reconciled.breaks]


def touched(touch: Touch) -> Report:
    lines = [*REPORT.lines]
    touch(lines)
    return replace(REPORT, lines=tuple(lines))


def test_matching_reports_have_no_breaks() -> None:
    reconciled = reconcile(REPORT, ENTRIES)
    assert reconciled == Reconciliation(
        batch="2026-11-16.2", merchant="demo", matched=(FIRST, SECOND, REFUND), breaks=()
    )


@pytest.mark.parametrize(
    "touch, breaks",
    [
        (lambda lines: lines.pop(0), [(T.MISSING_IN_FILE, FIRST)]),
        (lambda lines: lines.clear(), [(T.MISSING_IN_FILE, key) for key in (FIRST, SECOND, REFUND)]),
        (line_with(0, item_id=GHOST), [(T.MISSING_IN_LEDGER, GHOST), (T.MISSING_IN_FILE, FIRST)]),
        (line_with(0, gross=10_01), [(T.AMOUNT_MISMATCH, FIRST)]),
        (line_with(0, gross=-10_00), [(T.AMOUNT_MISMATCH, FIRST)]),
        (line_with(0, kind="refund"), [(T.AMOUNT_MISMATCH, FIRST)]),
        (line_with(0, kind="refund_reversal"), [(T.AMOUNT_MISMATCH, FIRST)]),
        (line_with(0, fee=58), [(T.FEE_MISMATCH, FIRST)]),
        (line_with(0, net=9_42), [(T.FEE_MISMATCH, FIRST)]),
        (line_with(2, fee=1, net=-2_01), [(T.FEE_MISMATCH, REFUND)]),
        (line_with(0, currency="EUR"), [(T.CURRENCY_MISMATCH, FIRST)]),
        (line_with(0, late=True), [(T.LATE_PRESENTMENT, FIRST)]),
        (lambda lines: lines.append(lines[0]), [(T.DUPLICATE, FIRST)]),
        (lambda lines: lines.extend([lines[0]] * 2), [(T.DUPLICATE, FIRST)] * 2),
        (
            line_with(0, item_id=SECOND),
            [(T.AMOUNT_MISMATCH, SECOND), (T.DUPLICATE, SECOND), (T.MISSING_IN_FILE, FIRST)],
        ),
        # several faults: the first is reported
        (line_with(0, currency="EUR", gross=1, fee=2, late=True), [(T.CURRENCY_MISMATCH, FIRST)]),
        (line_with(0, gross=1, fee=2, late=True), [(T.AMOUNT_MISMATCH, FIRST)]),
        (line_with(0, fee=2, late=True), [(T.FEE_MISMATCH, FIRST)]),
    ],
)
def test_kinds_of_breaks(touch: Touch, breaks: list[tuple[BreakType, str]]) -> None:
    assert sorted(found(reconcile(touched(touch), ENTRIES))) == sorted(breaks)


@pytest.mark.parametrize(
    "touch, told",
    [
        (lambda lines: lines.pop(0), "capture of 10.00 USD has no line"),
        (line_with(2, item_id=FIRST), "line 2 with this ID"),
        (line_with(0, gross=10_01), "capture of 10.01 USD in the file, capture of 10.00 USD in the ledger"),
        (
            line_with(0, fee=58),
            "fee 0.58 USD and net 9.41 USD in the file, fee 0.59 USD and net 9.41 USD in the ledger",
        ),
        (line_with(0, currency="EUR"), "EUR in the file, USD in the ledger"),
        (line_with(0, late=True), "it was due in a batch before 2026-11-16.2"),
    ],
)
def test_breaks_have_both_sides(touch: Touch, told: str) -> None:
    assert told in [one.detail for one in reconcile(touched(touch), ENTRIES).breaks]


def test_unknown_items_are_reported() -> None:
    missing, _ = reconcile(touched(line_with(0, item_id=GHOST)), ENTRIES).breaks
    assert (missing.key, missing.detail) == (GHOST, "the batch has no entry with this ID")


def test_entries_that_the_file_declines_are_named() -> None:
    report = replace(touched(lambda lines: lines.pop(0)), declined={FIRST})
    (one,) = reconcile(report, ENTRIES).breaks
    says = "capture of 10.00 USD is declined in the file, and settled in the ledger"
    assert (one.type, one.key, one.detail, one.line_no) == (T.STATUS_MISMATCH, FIRST, says, None)


def test_break_ids_are_derived() -> None:
    """From the third line about an item on, its position among them is part of the id."""
    breaks = reconcile(touched(lambda lines: lines.extend([lines[0]] * 2)), ENTRIES).breaks
    of = ("2026-11-16.2", "demo", FIRST, "duplicate")
    assert [one.id for one in breaks] == [ids.break_id(*of), ids.break_id(*of, "3")]


def test_unmarked_late_entries_are_reported() -> None:
    entries = [replace(ENTRIES[0], late=True), *ENTRIES[1:]]
    assert found(reconcile(REPORT, entries)) == [(T.LATE_PRESENTMENT, FIRST)]


def test_entries_of_other_batches_are_duplicates() -> None:
    (one,) = reconcile(REPORT, ENTRIES[1:], elsewhere={FIRST: "2026-11-15"}).breaks
    assert (one.type, one.detail, one.line_no) == (T.DUPLICATE, "already in batch 2026-11-15", 1)


def test_wrong_control_totals_are_breaks() -> None:
    report = replace(REPORT, faults=(Fault(of="USD", detail="why"), Fault(of="sha256", detail="how")))
    reconciled = reconcile(report, ENTRIES)
    assert found(reconciled) == [(T.TOTAL_MISMATCH, "USD"), (T.TOTAL_MISMATCH, "sha256")]
    assert [one.detail for one in reconciled.breaks] == ["why", "how"]
    assert len(reconciled.matched) == 3


def test_edited_files_have_both_breaks() -> None:
    edited = csv_of(contents(BATCH, "demo", ENTRIES)).replace(b"USD,1000,59,941", b"USD,1001,59,942")
    reconciled = reconcile(read_report(edited), ENTRIES)
    assert found(reconciled) == [(T.AMOUNT_MISMATCH, FIRST), (T.TOTAL_MISMATCH, "USD"), (T.TOTAL_MISMATCH, "sha256")]
    assert reconciled.of(T.AMOUNT_MISMATCH) == reconciled.breaks[:1]


def test_break_ids_contain_batch_merchant_key_and_type() -> None:
    reports = [
        REPORT,
        replace(REPORT, batch="2026-11-17"),
        replace(REPORT, merchant="globex"),
        touched(line_with(0, gross=1)),
        touched(line_with(0, currency="EUR")),
    ]
    ids = [one.id for report in reports for one in reconcile(report, ENTRIES[1:]).breaks]
    ids += [one.id for report in reports[3:] for one in reconcile(report, ENTRIES).breaks]
    # For an unknown item, other differences do not matter.
    assert len(set(ids)) == 5
    assert ids[0] == ids[3] == ids[4]


# --- complete counts --------------------------------------------------------------------------------------------------

numbers = st.integers(1, 6)
some_entries = st.lists(
    st.builds(
        lambda number, gross, late: entry(gross, 1, number, late=late),
        numbers,
        st.sampled_from([100, 200, -100]),
        st.booleans(),
    ),
    max_size=6,
    unique_by=lambda one: one.operation_id,
)
some_lines = st.lists(
    st.builds(
        lambda number, gross, fee, currency, late: ReportLine(
            line_no=number,
            item_id=operation_id("cap" if gross > 0 else "ref", number),
            kind=str(LineKind.CAPTURE if gross > 0 else LineKind.REFUND),
            payment_id="auth",
            reference="",
            occurred_at=BATCH.cutoff,
            currency=currency,
            gross=gross,
            fee=fee,
            net=gross - fee,
            late=late,
        ),
        numbers,
        st.sampled_from([100, 200, -100]),
        st.sampled_from([1, 1, 2]),
        st.sampled_from(["USD", "USD", "EUR"]),
        st.booleans(),
    ),
    max_size=10,
)


@given(entries=some_entries, lines=some_lines)
def test_lines_and_items_are_counted_once(entries: list[Entry], lines: list[ReportLine]) -> None:
    reconciled = reconcile(replace(REPORT, lines=tuple(lines)), entries)
    keys = {line.item_id for line in lines}
    without_a_line = [one for one in entries if one.operation_id not in keys]

    assert len(reconciled.matched) + len(reconciled.breaks) == len(lines) + len(without_a_line)
    assert len({one.id for one in reconciled.breaks}) == len(reconciled.breaks)
    assert len(set(reconciled.matched)) == len(reconciled.matched)
    assert {*reconciled.matched, *(one.key for one in reconciled.breaks)} == keys | {
        one.operation_id for one in entries
    }
    assert {one.key for one in reconciled.of(T.MISSING_IN_FILE)} == {one.operation_id for one in without_a_line}
    assert reconcile(replace(REPORT, lines=tuple(lines)), reversed(entries)) == reconciled
