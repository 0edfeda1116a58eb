"""Reconciliation: compare a report's lines with the ledger's entries, and list the matches and the breaks.

Both are keyed by the id of what is settled. Each line, and each entry without a line, is counted exactly once: as
matched or as one break. If a line has several breaks, the first of these is reported:

    duplicate          an earlier line has the same item, or the item is in another batch
    missing_in_ledger  the item is unknown
    currency_mismatch  the currencies differ
    amount_mismatch    the gross or the type differs
    fee_mismatch       the gross agrees, but the fee or net differs
    late_presentment   everything agrees, but the item was due in an earlier batch: it is valid, and flagged
    status_mismatch    an entry has no line, since the file says that it was declined
    missing_in_file    an entry has no line

`total_mismatch` is a break of the file: a control total does not agree with the lines, or the SHA-256 with the bytes.
"""

from collections.abc import Iterable, Mapping

from paysandbox.core import ids
from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.break_type import BreakType
from paysandbox.core.record import record
from paysandbox.settlement.reports.reading import Report, ReportLine
from paysandbox.settlement.settlement import Entry, in_order


@record(kw_only=True)
class Discrepancy:
    """A break between the report and the ledger.

    Its id is derived from batch, merchant, key and type (and the position among several duplicates), so that the same
    break has the same id in every comparison. `line_no` is None if the break has no line.
    """

    id: str
    type: BreakType
    key: str
    detail: str
    line_no: int | None = None


@record(kw_only=True)
class Reconciliation:
    """Result of a comparison: matched items and breaks, in the order of the file, then of the ledger."""

    batch: str
    merchant: str
    matched: tuple[str, ...]
    breaks: tuple[Discrepancy, ...]

    def of(self, kind: BreakType) -> tuple[Discrepancy, ...]:
        """Return the breaks of one type."""
        return tuple(discrepancy for discrepancy in self.breaks if discrepancy.type is kind)


def reconcile(
    report: Report, entries: Iterable[Entry], *, elsewhere: Mapping[str, str] | None = None
) -> Reconciliation:
    """Compare a report with the entries of its batch and merchant.

    `elsewhere` maps items that are in other batches to their batch, as far as the caller knows them.
    """
    ledger = {entry.operation_id: entry for entry in entries}
    matched: list[str] = []
    breaks: list[Discrepancy] = []
    times: dict[str, int] = {}
    for line in report.lines:
        key = line.item_id
        times[key] = times.get(key, 0) + 1
        found = _compared(line, ledger.get(key), times[key], (elsewhere or {}).get(key))
        if found is None:
            matched.append(key)
        else:
            kind, detail = found
            # From the third line of an item on, each further duplicate is a break with its own id.
            again = (str(times[key]),) if times[key] > 2 else ()
            breaks.append(_break(report, kind, key, detail, line.line_no, *again))
    for entry in in_order(ledger[key] for key in ledger.keys() - times.keys()):
        kind, wrong = BreakType.MISSING_IN_FILE, "has no line"
        if entry.operation_id in report.declined:
            kind, wrong = BreakType.STATUS_MISMATCH, "is declined in the file, and settled in the ledger"
        detail = f"{entry.kind} of {amount_with_code(entry.gross, entry.currency)} {wrong}"
        breaks.append(_break(report, kind, entry.operation_id, detail, None))
    breaks += [_break(report, BreakType.TOTAL_MISMATCH, fault.of, fault.detail, None) for fault in report.faults]
    return Reconciliation(batch=report.batch, merchant=report.merchant, matched=tuple(matched), breaks=tuple(breaks))


def _compared(
    line: ReportLine, entry: Entry | None, times: int, other_batch: str | None
) -> tuple[BreakType, str] | None:
    """Return the break of a line, or None if it matches."""
    if times > 1:
        return BreakType.DUPLICATE, f"line {times} with this ID"
    if entry is None:
        if other_batch is not None:
            return BreakType.DUPLICATE, f"already in batch {other_batch}"
        return BreakType.MISSING_IN_LEDGER, "the batch has no entry with this ID"
    if line.currency != entry.currency:
        return BreakType.CURRENCY_MISMATCH, f"{line.currency} in the file, {entry.currency} in the ledger"
    if line.gross != entry.gross or line.kind != entry.kind:
        in_file, in_ledger = (f"{side.kind} of {amount_with_code(side.gross, side.currency)}" for side in (line, entry))
        return BreakType.AMOUNT_MISMATCH, f"{in_file} in the file, {in_ledger} in the ledger"
    if (line.fee, line.net) != (entry.fee, entry.net):
        in_file, in_ledger = (
            f"fee {amount_with_code(side.fee, side.currency)} and net {amount_with_code(side.net, side.currency)}"
            for side in (line, entry)
        )
        return BreakType.FEE_MISMATCH, f"{in_file} in the file, {in_ledger} in the ledger"
    if line.late or entry.late:
        return BreakType.LATE_PRESENTMENT, f"it was due in a batch before {entry.batch}"
    return None


def _break(report: Report, kind: BreakType, key: str, detail: str, line_no: int | None, *again: str) -> Discrepancy:
    break_id = ids.break_id(report.batch, report.merchant, key, str(kind), *again)
    return Discrepancy(id=break_id, type=kind, key=key, detail=detail, line_no=line_no)
