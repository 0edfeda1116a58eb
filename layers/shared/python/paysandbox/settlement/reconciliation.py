"""Reconciliation: a report's lines against the ledger's entries. What agrees, and each thing that does not.

The key of both is the capture's or refund's id. Each line, and each entry that has no line, is counted exactly once: as
matched, or in one break. A line that is wrong in several ways is told by the first of these:

    duplicate          its item was on a line before, or is in another batch
    missing_in_ledger  its item is unknown
    currency_mismatch  the currency is another one
    amount_mismatch    the gross differs, or a capture is called a refund
    fee_mismatch       the gross agrees, and fee or net differ
    late_presentment   all agrees, and it was due in an earlier batch: take it, and know it
    missing_in_file    (an entry) there is no line

`total_mismatch` is of the file: a control total that does not agree with its lines, or with its bytes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from paysandbox.core import ids
from paysandbox.settlement.report_reading import Report, ReportLine
from paysandbox.settlement.settlement import Entry, in_order


class BreakType(StrEnum):
    """In which way two records disagree."""

    MISSING_IN_FILE = "missing_in_file"
    MISSING_IN_LEDGER = "missing_in_ledger"
    AMOUNT_MISMATCH = "amount_mismatch"
    FEE_MISMATCH = "fee_mismatch"
    CURRENCY_MISMATCH = "currency_mismatch"
    DUPLICATE = "duplicate"
    LATE_PRESENTMENT = "late_presentment"
    TOTAL_MISMATCH = "total_mismatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A break. Its id follows from batch, merchant, key and type (and the place among several duplicates), so that the
    same break is the same one however often it is found. `line_no` is None where no line is about it.
    """

    id: str
    type: BreakType
    key: str
    detail: str
    line_no: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What a comparison found: items that agree, and breaks, in the order of the file, then of the ledger."""

    batch: str
    merchant: str
    matched: tuple[str, ...]
    breaks: tuple[Discrepancy, ...]

    def of(self, kind: BreakType) -> tuple[Discrepancy, ...]:
        """The breaks of one type."""
        return tuple(one for one in self.breaks if one.type is kind)


def reconcile(
    report: Report, entries: Iterable[Entry], *, elsewhere: Mapping[str, str] | None = None
) -> Reconciliation:
    """Compare a report with the entries of its batch and merchant.

    `elsewhere` are batches by the items that are in another one, as far as the caller knows them.
    """
    ledger = {entry.operation_id: entry for entry in entries}
    matched: list[str] = []
    breaks: list[Discrepancy] = []
    times: dict[str, int] = {}
    for line in report.lines:
        key = line.item_id
        times[key] = times.get(key, 0) + 1
        found = _judged(line, ledger.get(key), times[key], (elsewhere or {}).get(key))
        if found is None:
            matched.append(key)
        else:
            kind, detail = found
            # From the third line on, a second duplicate is another break.
            again = (str(times[key]),) if times[key] > 2 else ()
            breaks.append(_break(report, kind, key, detail, line.line_no, *again))
    for entry in in_order(ledger[key] for key in ledger.keys() - times.keys()):
        detail = f"{entry.kind} of {entry.gross} {entry.currency} has no line"
        breaks.append(_break(report, BreakType.MISSING_IN_FILE, entry.operation_id, detail, None))
    breaks += [_break(report, BreakType.TOTAL_MISMATCH, fault.of, fault.detail, None) for fault in report.faults]
    return Reconciliation(batch=report.batch, merchant=report.merchant, matched=tuple(matched), breaks=tuple(breaks))


def _judged(line: ReportLine, entry: Entry | None, times: int, other_batch: str | None) -> tuple[BreakType, str] | None:
    """What is wrong with a line, if anything."""
    if times > 1:
        return BreakType.DUPLICATE, f"this is line {times} about it"
    if entry is None:
        if other_batch is not None:
            return BreakType.DUPLICATE, f"it is in batch {other_batch}"
        return BreakType.MISSING_IN_LEDGER, "nothing of that id is in the batch"
    if line.currency != entry.currency:
        return BreakType.CURRENCY_MISMATCH, f"{line.currency} in the file, {entry.currency} in the ledger"
    if line.gross != entry.gross or line.kind != entry.kind:
        told = f"{line.kind} of {line.gross} in the file, {entry.kind} of {entry.gross} in the ledger"
        return BreakType.AMOUNT_MISMATCH, told
    if (line.fee, line.net) != (entry.fee, entry.net):
        told = f"fee {line.fee} and net {line.net} in the file, {entry.fee} and {entry.net} in the ledger"
        return BreakType.FEE_MISMATCH, told
    if line.late or entry.late:
        return BreakType.LATE_PRESENTMENT, f"it was due in a batch before {entry.batch}"
    return None


def _break(report: Report, kind: BreakType, key: str, detail: str, line_no: int | None, *again: str) -> Discrepancy:
    break_id = ids.break_id(report.batch, report.merchant, key, str(kind), *again)
    return Discrepancy(id=break_id, type=kind, key=key, detail=detail, line_no=line_no)
