"""Planted breaks: reconciliation finds each of them and nothing else, and they change no entry, total or byte twice."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from paysandbox.core.break_type import BreakType
from paysandbox.payments.payment import LineKind
from paysandbox.settlement.batch import Statement
from paysandbox.settlement.close import totals_of
from paysandbox.settlement.reports.planted import Planting, answer_key, plant
from paysandbox.settlement.reports.reading import read_report
from paysandbox.settlement.reports.reconciliation import reconcile
from paysandbox.settlement.reports.report import Contents
from paysandbox.settlement.settlement import Entry, in_order
from tests.settlement.test_settlement_report import BATCH, entry
from tests.support.builders.build import HOUR, MONDAY
from tests.support.builders.reports import csv_of, json_of

T = BreakType
EVERY = tuple(BreakType)


def statement_of(entries: Sequence[Entry]) -> Statement:
    totals = {currency: total for (_, currency), total in totals_of(entries).items()}
    return Statement(batch=str(BATCH.name), merchant="demo", totals=totals, balances={})


def planted(entries: Sequence[Entry], kinds: Collection[BreakType] = (), seed: int = 0) -> Planting | None:
    return plant(statement_of(entries), entries, kinds, seed=seed)


def report_of(entries: Sequence[Entry], planting: Planting | None) -> Contents:
    if planting is None:
        return Contents(BATCH, "demo", entries, statement_of(entries).totals, {})
    lines = in_order(planting.lines(entries))
    return Contents(BATCH, "demo", lines, planting.totals(statement_of(lines).totals), {}, declined=planting.declined)


def key_of(planting: Planting, entries: Sequence[Entry]) -> list[tuple[str, str, str]]:
    key = json.loads(b"".join(answer_key(planting, entries)))
    assert (key["batch"], key["merchant"]) == (str(BATCH.name), "demo")
    assert len(key["breaks"]) == planting.count
    return sorted((one["id"], one["type"], one["key"]) for one in key["breaks"])


def found(entries: Sequence[Entry], contents: Contents) -> list[tuple[str, str, str]]:
    reconciled = reconcile(read_report(csv_of(contents)), entries)
    return sorted((one.id, str(one.type), one.key) for one in reconciled.breaks)


ENTRIES = in_order(entry(10_00 + number, 59, number, occurred_at=MONDAY + number * HOUR) for number in range(1, 13))


@pytest.mark.parametrize("kind", EVERY)
def test_a_requested_break_is_found(kind: BreakType) -> None:
    planting = planted(ENTRIES, [kind])
    assert planting is not None
    assert [type_ for _, type_, _ in key_of(planting, ENTRIES)] == [kind]
    assert found(ENTRIES, report_of(ENTRIES, planting)) == key_of(planting, ENTRIES)


@pytest.mark.parametrize("kind", [kind for kind in EVERY if kind is not T.TOTAL_MISMATCH])
def test_a_break_by_a_payments_outcome_is_found(kind: BreakType) -> None:
    entries = [replace(ENTRIES[0], planted=kind), *ENTRIES[1:]]
    planting = planted(entries)
    assert planting is not None
    [(_, type_, key)] = key_of(planting, entries)
    assert type_ == kind
    assert (key == ENTRIES[0].operation_id) is (kind is not T.MISSING_IN_LEDGER)
    assert found(entries, report_of(entries, planting)) == key_of(planting, entries)


def test_no_break_is_planted_unless_one_is_requested() -> None:
    assert planted(ENTRIES) is None
    assert planted([], EVERY) is None


def test_seeds_choose_other_lines() -> None:
    plantings = [planted(ENTRIES, EVERY, seed) for seed in range(8)]
    assert plantings[0] == planted(ENTRIES, EVERY, 0)
    assert len({str(planting) for planting in plantings}) > 4


@pytest.mark.parametrize("count, breaks", [(1, 3), (2, 4), (6, 8), (7, 9), (12, 9)])
def test_each_break_is_in_a_line_of_its_own(count: int, breaks: int) -> None:
    """An added line and a wrong total need none."""
    planting = planted(ENTRIES[:count], EVERY)
    assert planting is not None
    assert len(key_of(planting, ENTRIES[:count])) == breaks


def test_lines_that_are_late_anyway_are_left_alone() -> None:
    late = [replace(one, late=True) for one in ENTRIES[:3]]
    planting = planted([*late, *ENTRIES[3:4]], [T.AMOUNT_MISMATCH, T.DUPLICATE])
    assert planting is not None
    assert [key for *_, key in key_of(planting, ENTRIES[:4])] == [ENTRIES[3].operation_id]


def test_a_report_agrees_with_itself_unless_a_total_is_wrong() -> None:
    for kinds, faults in [([kind for kind in EVERY if kind is not T.TOTAL_MISMATCH], 0), (EVERY, 1)]:
        contents = report_of(ENTRIES, planted(ENTRIES, kinds))
        assert len(read_report(csv_of(contents)).faults) == faults
        told = json.loads(json_of(contents))
        assert sum(total["count"] for total in told["totals"]) == len(told["lines"])
        assert [left["reason"] for left in told["quarantined"]] == ["settlement_declined"]


some_entries = st.lists(
    st.builds(
        lambda number, gross, currency, late, kind, hours: entry(
            gross,
            min(abs(gross), 1),
            number,
            currency=currency,
            late=late,
            planted=kind if gross > 0 else None,
            kind=LineKind.CAPTURE if gross > 0 else LineKind.REFUND,
            occurred_at=MONDAY + hours * HOUR,
        ),
        st.integers(1, 40),
        st.sampled_from([1, 100, 99_999_999, -1, -250]),
        st.sampled_from(["USD", "EUR", "JPY"]),
        st.booleans(),
        st.sampled_from([None, None, None, *(kind for kind in EVERY if kind is not T.TOTAL_MISMATCH)]),
        st.integers(0, 100),
    ),
    max_size=25,
    unique_by=lambda one: one.operation_id,
)


@given(entries=some_entries, kinds=st.sets(st.sampled_from(EVERY)), seed=st.integers(0, 2**32))
def test_reconciliation_finds_exactly_what_is_planted(entries: list[Entry], kinds: set[BreakType], seed: int) -> None:
    """No miss and no false alarm, beside the lines that are late without being planted."""
    entries = in_order(entries)
    before = csv_of(report_of(entries, None))
    planting = planted(entries, kinds, seed)
    key = key_of(planting, entries) if planting else []
    breaks = found(entries, report_of(entries, planting))
    late = {one.operation_id for one in entries if one.late and one.planted in (None, T.MISSING_IN_LEDGER, T.DUPLICATE)}

    assert [one for one in breaks if one in key] == key
    assert {(type_, on) for _, type_, on in breaks if (_, type_, on) not in key} == {
        (T.LATE_PRESENTMENT, on) for on in late
    }
    assert {kind for _, kind, _ in key} >= (kinds & {T.TOTAL_MISMATCH} if entries else set())
    assert csv_of(report_of(entries, planted(entries, kinds, seed))) == csv_of(report_of(entries, planting))
    assert csv_of(report_of(entries, None)) == before
