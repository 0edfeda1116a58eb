"""Write and read NACHA files: of credits, of returns, and of notifications of change. Pure.

Everything that follows from other fields (counts, hashes, totals, blocks) is computed when a file is written, and
compared when it is read. What was read is written as the same bytes.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from math import ceil
from typing import Final

from paysandbox.core.record import record
from paysandbox.disbursements.ach.record_layouts import (
    BATCH_CONTROL,
    BATCH_HEADER,
    BLOCKING_FACTOR,
    CHANGE_ADDENDA,
    ENTRY,
    FILE_CONTROL,
    FILE_HEADER,
    FILLER,
    RETURN_ADDENDA,
    Layout,
    UnreadableFileError,
    read_record,
    write_record,
)

CREDITS_ONLY: Final = 220
"""The service class of a batch without debits."""

MAX_FILE_LENGTH: Final = 1_000_000
"""Characters of a file that is read: 10,000 records and the ends of their lines fit into it."""

_HASH_DIGITS: Final = 10**10
"""An entry hash has the last ten digits of a sum of routing numbers without their check digits."""

_ADDENDA: Final = {"98": CHANGE_ADDENDA, "99": RETURN_ADDENDA}


@record(kw_only=True)
class Addenda:
    """What a return (`99`) or a notification of change (`98`) says: the reason, and of which entry of which bank.

    `original_receiver` has 8 digits: the routing number without its check digit. `information` is the corrected data of
    a notification of change.
    """

    kind: str
    reason: str
    original_trace: str
    original_receiver: str
    information: str = ""


@record(kw_only=True)
class EntryDetail:
    """An entry. `amount` is in cents. An addenda has the entry's trace number."""

    transaction_code: int
    routing_number: str
    account_number: str
    amount: int
    individual_id: str
    individual_name: str
    trace_number: str
    addenda: Addenda | None = None

    def __repr__(self) -> str:
        # No log line is to have an account number.
        return f"EntryDetail({self.trace_number})"


@record(kw_only=True)
class Batch:
    """A batch of credits. `originator` has 8 digits. `settlement_day` is the day of the year, once it is known."""

    company_name: str
    company_id: str
    entry_class: str
    description: str
    descriptive_date: str
    effective_date: date
    originator: str
    entries: tuple[EntryDetail, ...]
    settlement_day: int | None = None
    number: int = 1


@record(kw_only=True)
class NachaFile:
    """A file. `destination` and `origin` are routing numbers, `created_at` is a time in New York."""

    destination: str
    origin: str
    destination_name: str
    origin_name: str
    created_at: datetime
    modifier: str
    batches: tuple[Batch, ...]
    reference: str = ""


@record(kw_only=True)
class _Totals:
    count: int
    hashed: int
    debit: int
    credit: int


def write_file(file: NachaFile) -> str:
    """Return the text of a file. Raises ValueError if something in it does not fit into its field."""
    lines = [_file_header(file)]
    for batch in file.batches:
        lines += _batch_lines(batch)
    blocks = ceil((len(lines) + 1) / BLOCKING_FACTOR)
    total = _sum([_totals(batch) for batch in file.batches])
    lines.append(_file_control(len(file.batches), blocks, total))
    lines += [FILLER] * (blocks * BLOCKING_FACTOR - len(lines))
    return "\n".join(lines) + "\n"


def read_file(text: str) -> NachaFile:
    """Return what a file says. Raises UnreadableFileError if anything in it is not as `write_file` would write it."""
    if len(text) > MAX_FILE_LENGTH:
        raise UnreadableFileError(f"it has more than {MAX_FILE_LENGTH:,} characters")
    lines = text.split("\n")
    if lines.pop() != "" or not lines or len(lines) % BLOCKING_FACTOR:
        raise UnreadableFileError("it has no whole blocks")
    header = read_record(FILE_HEADER, lines[0])
    rest = iter(lines[1:])
    batches: list[Batch] = []
    line = _next(rest)
    while line[0] == "5":
        batches.append(_read_batch(line, rest))
        line = _next(rest)
    read_record(FILE_CONTROL, line)
    try:
        file = NachaFile(
            destination=header["immediate destination"].strip(),
            origin=header["immediate origin"].strip(),
            destination_name=header["destination name"],
            origin_name=header["origin name"],
            created_at=_read_time(header["creation date"] + header["creation time"]),
            modifier=header["file ID modifier"],
            batches=tuple(batches),
            reference=header["reference code"],
        )
        written = write_file(file)
    except ValueError as error:
        raise UnreadableFileError(str(error)) from None
    if written != text:
        raise UnreadableFileError(_difference(written.split("\n"), lines))
    return file


def _read_batch(line: str, rest: Iterator[str]) -> Batch:
    """Read a batch from its header to its control, which is compared when all of the file is read."""
    header = read_record(BATCH_HEADER, line)
    entries: list[EntryDetail] = []
    line = _next(rest)
    while line[0] == "6":
        entry = read_record(ENTRY, line)
        line = _next(rest)
        addenda = None
        if line[0] == "7":
            addenda = _read_addenda(line)
            line = _next(rest)
        entries.append(
            EntryDetail(
                transaction_code=int(entry["transaction code"]),
                routing_number=entry["routing number"],
                account_number=entry["account number"],
                amount=int(entry["amount"]),
                individual_id=entry["individual ID"],
                individual_name=entry["individual name"],
                trace_number=entry["trace number"],
                addenda=addenda,
            )
        )
    if not entries:
        raise UnreadableFileError("a batch has no entries")
    read_record(BATCH_CONTROL, line)
    settlement_day = header["settlement date"]
    if not (settlement_day.isascii() and settlement_day.isdigit()) and settlement_day:
        raise UnreadableFileError("the settlement date of a batch is no day of a year")
    return Batch(
        company_name=header["company name"],
        company_id=header["company ID"],
        entry_class=header["entry class"],
        description=header["description"],
        descriptive_date=header["descriptive date"],
        effective_date=_read_time(header["effective date"] + "0000").date(),
        originator=header["originator"],
        entries=tuple(entries),
        settlement_day=int(settlement_day) if settlement_day else None,
        number=int(header["batch number"]),
    )


def _read_addenda(line: str) -> Addenda:
    kind = line[1:3]
    layout = _ADDENDA.get(kind)
    if layout is None:
        raise UnreadableFileError("an addenda is neither of a return nor of a notification of change")
    found = read_record(layout, line)
    return Addenda(
        kind=kind,
        reason=found["reason"],
        original_trace=found["original trace number"],
        original_receiver=found["original receiver"],
        information=found["information"],
    )


def _read_time(text: str) -> datetime:
    """Read `yymmddhhmm`, in this century. Raises UnreadableFileError if there is no such time."""
    try:
        return datetime.strptime(f"20{text}", "%Y%m%d%H%M")  # noqa: DTZ007 - in New York, as the file has it
    except ValueError:
        raise UnreadableFileError("a date in it does not exist") from None


def _next(rest: Iterator[str]) -> str:
    line = next(rest, "")
    if not line:
        raise UnreadableFileError("a record is missing")
    return line


def _difference(written: Sequence[str], read: Sequence[str]) -> str:
    """Say where a file differs from how it would be written, without its content."""
    for place, (expected, found) in enumerate(zip(written, read, strict=False), start=1):
        if expected != found:
            layout = _LAYOUTS.get(found[:1])
            return f"record {place}{f', {layout}' if layout else ''}, does not fit the others"
    return "it has another number of records"


_LAYOUTS: Final = {"1": "a header", "5": "a batch header", "6": "an entry", "8": "a batch control", "9": "a control"}


def _file_header(file: NachaFile) -> str:
    return write_record(
        FILE_HEADER,
        {
            "immediate destination": f" {file.destination}",
            "immediate origin": f" {file.origin}",
            "creation date": f"{file.created_at:%y%m%d}",
            "creation time": f"{file.created_at:%H%M}",
            "file ID modifier": file.modifier,
            "destination name": file.destination_name,
            "origin name": file.origin_name,
            "reference code": file.reference,
        },
    )


def _batch_lines(batch: Batch) -> Iterator[str]:
    ends: dict[str, str | int] = {
        "service class": CREDITS_ONLY,
        "company ID": batch.company_id,
        "originator": batch.originator,
        "batch number": batch.number,
    }
    yield write_record(
        BATCH_HEADER,
        ends
        | {
            "company name": batch.company_name,
            "entry class": batch.entry_class,
            "description": batch.description,
            "descriptive date": batch.descriptive_date,
            "effective date": f"{batch.effective_date:%y%m%d}",
            "settlement date": "" if batch.settlement_day is None else f"{batch.settlement_day:03}",
        },
    )
    for entry in batch.entries:
        yield from _entry_lines(entry)
    yield write_record(BATCH_CONTROL, ends | _written(_totals(batch)))


def _entry_lines(entry: EntryDetail) -> Iterator[str]:
    yield write_record(
        ENTRY,
        {
            "transaction code": entry.transaction_code,
            "routing number": entry.routing_number,
            "account number": entry.account_number,
            "amount": entry.amount,
            "individual ID": entry.individual_id,
            "individual name": entry.individual_name,
            "addenda indicator": int(entry.addenda is not None),
            "trace number": entry.trace_number,
        },
    )
    if entry.addenda is not None:
        yield write_record(
            _layout_of(entry.addenda),
            {
                "reason": entry.addenda.reason,
                "original trace number": entry.addenda.original_trace,
                "original receiver": entry.addenda.original_receiver,
                "information": entry.addenda.information,
                "trace number": entry.trace_number,
            },
        )


def _layout_of(addenda: Addenda) -> Layout:
    return _ADDENDA[addenda.kind]


def _file_control(batches: int, blocks: int, total: _Totals) -> str:
    return write_record(FILE_CONTROL, {"batch count": batches, "block count": blocks} | _written(total))


def _written(totals: _Totals) -> dict[str, str | int]:
    return {
        "entry count": totals.count,
        "entry hash": totals.hashed,
        "total debit": totals.debit,
        "total credit": totals.credit,
    }


def _totals(batch: Batch) -> _Totals:
    return _sum(
        [
            _Totals(
                count=1 + (entry.addenda is not None),
                hashed=int(entry.routing_number[:8]),
                debit=0,
                credit=entry.amount,
            )
            for entry in batch.entries
        ]
    )


def _sum(parts: Sequence[_Totals]) -> _Totals:
    return _Totals(
        count=sum(part.count for part in parts),
        hashed=sum(part.hashed for part in parts) % _HASH_DIGITS,
        debit=sum(part.debit for part in parts),
        credit=sum(part.credit for part in parts),
    )
