"""Parse a CSV report and verify its control totals. `settlement.report` documents the format."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

from paysandbox.core.csv_text import NotCsvError, restored, rows, without_mark
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.settlement.reports.report import COLUMNS, DETAIL, HEADER, QUARANTINED, TRAILER

Record = Mapping[str, str]

_ORDER: Final = re.compile("H( D)*( Q)*( T)+")
_NUMBER: Final = re.compile("0|-?[1-9][0-9]{0,17}")
_FLAGS: Final = {"true": True, "false": False}

_Read = TypeVar("_Read")


class NotAReportError(ValueError):
    """The bytes are not a settlement report. The message names the record."""


@record(kw_only=True)
class ReportLine:
    """A D record as it is in the file, which may differ from the ledger. Amounts are minor units."""

    line_no: int
    item_id: str
    kind: str
    payment_id: str
    reference: str
    occurred_at: datetime
    currency: str
    gross: int
    fee: int
    net: int
    late: bool


@record(kw_only=True)
class Fault:
    """A control total that does not agree. `of` is a currency, `lines`, `quarantined` or `sha256`."""

    of: str
    detail: str


@record(kw_only=True)
class Report:
    """A parsed report. `quarantined` has reasons by payment. `faults` is empty for an unmodified file.

    `declined` are the items that the file says were declined at settlement.
    """

    batch: str
    merchant: str
    cutoff: datetime
    lines: tuple[ReportLine, ...]
    quarantined: Mapping[str, str]
    faults: tuple[Fault, ...]
    declined: frozenset[str] = frozenset()


@record(kw_only=True)
class _Total:
    currency: str
    count: int
    gross: int
    fee: int
    net: int


def read_report(data: bytes) -> Report:
    """Parse a CSV report, and recalculate the totals in its trailers.

    Raises NotAReportError if the format is invalid. If only control totals do not agree, the report is returned with
    `faults`, so that a reconciliation can list the individual breaks.
    """
    records = _records(data)
    kinds = [row["record_type"] for row in records]
    if not _ORDER.fullmatch(" ".join(kinds)):
        raise NotAReportError("Its records are not one H, then D, then Q, then T.")
    head, last = records[0], records[-1]
    of = [(row["batch_id"], row["merchant_id"]) for row in records]
    if set(of) != {of[0]}:
        raise NotAReportError("Its records are of more than one batch or merchant.")
    lines = tuple(_each(records, kinds, DETAIL, _line))
    totals = list(_each(records[:-1], kinds, TRAILER, _total))
    left_out = [row for row in records if _is(row, QUARANTINED)]
    quarantined = {row["payment_id"]: restored(row["reason"]) for row in left_out if not row["item_id"]}
    declined = frozenset(row["item_id"] for row in left_out if row["item_id"])
    cutoff = _parsed(2, head, lambda row: _instant(row["occurred_at"]))
    faults = (
        *_wrong_sums(lines, totals),
        *_wrong_counts(last, {"lines": ("line_no", len(lines)), "quarantined": ("quarantined", kinds.count("Q"))}),
        *_wrong_digest(last, data),
    )
    batch, merchant = of[0]
    return Report(
        batch=batch,
        merchant=merchant,
        cutoff=cutoff,
        lines=lines,
        quarantined=quarantined,
        faults=faults,
        declined=declined,
    )


def lines_of_part(part: bytes, *, batch: str, merchant: str, limit: int) -> tuple[list[ReportLine], int | None]:
    """Return the lines with which a part of a report begins, up to `limit`, and the byte at which the next one begins.

    None: no more lines follow. The part begins with the file, or with a D record, and is larger than `limit` records.
    Raises NotAReportError for other bytes.
    """
    found: list[ReportLine] = []
    for start, text in _texts(part):
        try:
            [fields] = rows(text)
        except ValueError as error:  # NotCsvError, or not one record
            raise NotAReportError(f"The record at byte {start} cannot be read: {error}.") from None
        row: Record = dict(zip(COLUMNS, fields, strict=False))
        if start == 0 and tuple(fields) == COLUMNS:
            continue
        if len(fields) != len(COLUMNS) or (row["batch_id"], row["merchant_id"]) != (batch, merchant):
            raise NotAReportError(f"The record at byte {start} is not of this report.")
        if row["record_type"] == HEADER:
            continue
        if row["record_type"] != DETAIL:
            break
        if len(found) == limit:
            return found, start
        found.append(_parsed(len(found) + 1, row, _line))
    return found, None


def _texts(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each whole record with the byte at which it begins. A line break in quotes is part of a record."""
    start = at = 0
    for line in part.splitlines(keepends=True):
        at += len(line)
        if line.endswith(b"\n") and part.count(b'"', start, at) % 2 == 0:
            yield start, part[start:at]
            start = at


def _records(data: bytes) -> list[Record]:
    try:
        names, *found = [row for row in rows(without_mark(data)) if row] or [[]]
    except NotCsvError as error:
        raise NotAReportError(str(error)) from None
    if tuple(names) != COLUMNS:
        raise NotAReportError("It does not begin with the columns of a settlement report.")
    for number, row in enumerate(found, start=2):
        if len(row) != len(COLUMNS):
            raise NotAReportError(f"Record {number} has {len(row)} fields, not {len(COLUMNS)}.")
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def _is(row: Record, kind: str) -> bool:
    return row["record_type"] == kind


def _each(
    records: Sequence[Record], kinds: Sequence[str], kind: str, read: Callable[[Record], _Read]
) -> Iterator[_Read]:
    # Record 1 is the line of column names.
    for number, (row, its) in enumerate(zip(records, kinds, strict=False), start=2):
        if its == kind:
            yield _parsed(number, row, read)


def _parsed(number: int, row: Record, read: Callable[[Record], _Read]) -> _Read:
    try:
        return read(row)
    except (ValueError, KeyError) as error:
        raise NotAReportError(f"Record {number} cannot be read: {error}.") from None


def _line(row: Record) -> ReportLine:
    return ReportLine(
        line_no=_number(row["line_no"]),
        item_id=row["item_id"],
        kind=row["type"],
        payment_id=row["payment_id"],
        reference=restored(row["reference"]),
        occurred_at=_instant(row["occurred_at"]),
        currency=row["gross_currency"],
        gross=_number(row["gross"]),
        fee=_number(row["fee"]),
        net=_number(row["net"]),
        late=_FLAGS[row["late"]],
    )


def _total(row: Record) -> _Total:
    return _Total(
        currency=row["gross_currency"],
        count=_number(row["line_no"]),
        gross=_number(row["gross"]),
        fee=_number(row["fee"]),
        net=_number(row["net"]),
    )


def _number(text: str) -> int:
    # int() also accepts 1_000, +5 and the digits of other scripts.
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is no whole number")
    return int(text)


def _instant(text: str) -> datetime:
    instant = parse_timestamp(text)
    if format_timestamp(instant) != text:
        raise ValueError(f"{text!r} is no time like 2026-11-20T07:41:14.000000Z")
    return instant


def _wrong_sums(lines: Sequence[ReportLine], totals: Sequence[_Total]) -> Iterator[Fault]:
    sums: dict[str, list[int]] = {}
    for line in lines:
        so_far = sums.setdefault(line.currency, [0, 0, 0, 0])
        sums[line.currency] = [a + b for a, b in zip(so_far, (1, line.gross, line.fee, line.net), strict=True)]
    trailers: dict[str, list[int]] = {}
    for total in totals:
        if total.currency in trailers:
            yield Fault(of=total.currency, detail="has two control totals")
        trailers[total.currency] = [total.count, total.gross, total.fee, total.net]
    for currency in sorted({*sums, *trailers}):
        by_lines, by_trailer = sums.get(currency, [0, 0, 0, 0]), trailers.get(currency)
        if by_trailer != by_lines:
            yield Fault(
                of=currency,
                detail=f"count, gross, fee and net are {by_lines} by the lines, and {by_trailer} by the trailer",
            )


def _wrong_counts(last: Record, counts: Mapping[str, tuple[str, int]]) -> Iterator[Fault]:
    for of, (column, found) in counts.items():
        if last[column] != str(found):
            yield Fault(of=of, detail=f"there are {found}, and {last[column] or 'none'} by the trailer")


def _wrong_digest(last: Record, data: bytes) -> Iterator[Fault]:
    data = without_mark(data)
    before = data[: data.rstrip(b"\r\n").rfind(b"\n") + 1]
    if last["sha256"] != hashlib.sha256(before).hexdigest():
        yield Fault(of="sha256", detail="the bytes before the last record were changed")
