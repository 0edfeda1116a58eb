"""The statement of the simulated bank: its format, and what its answers say of the files of one banking day. Pure.

The bank knows the files as they were sent. So its statement is made from their text, and from nothing that the sandbox
has recorded of them. It has a line for each entry, with the bank's answer so far.

Nacha has no format of such a statement. The columns are named as its records name their fields.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Final

from paysandbox.core.record import record, replace
from paysandbox.disbursements.ach.acknowledgement import read_acknowledgement
from paysandbox.disbursements.ach.answer_files import read_changes, read_returns
from paysandbox.disbursements.ach.credit_file import SANDBOX, individual_id
from paysandbox.disbursements.ach.file_name import FileName, read_file_name
from paysandbox.disbursements.ach.nacha_file import EntryDetail, read_file
from paysandbox.disbursements.ach.outcome_rules import FILE_REFUSED
from paysandbox.disbursements.ach.record_layouts import UnreadableFileError
from paysandbox.disbursements.ach.simulated_bank import BankFile, Kind, answers_to
from paysandbox.disbursements.ach.special_accounts import EntryReport, Report
from paysandbox.disbursements.ach.windows import window_of_file
from paysandbox.disbursements.disbursement import Disbursement, Status
from paysandbox.disbursements.methods import ACH_CURRENCY, Method
from paysandbox.disbursements.statement import CONFIRMED, Statement, StatementFormat, StatementItem

_AMOUNT: Final = re.compile("([0-9]{1,10})[.]([0-9]{2})")

_STATUSES: Final[Mapping[str, frozenset[Status]]] = {
    Report.ACCEPTED: frozenset({Status.PROCESSING}),
    Report.PENDING: frozenset({Status.PROCESSING}),
    Report.SETTLED: frozenset({Status.PAID}),
    Report.REFUSED: frozenset({Status.FAILED, Status.RETURNED}),
    Report.HELD: frozenset({Status.HELD}),
    Report.BLOCKED: frozenset({Status.BLOCKED}),
    Report.UNCLAIMED: frozenset({Status.UNCLAIMED}),
    # So is one that was canceled at the merchant's request.
    Report.RETURNED: frozenset({Status.RETURNED, Status.CANCELED}),
    Report.REVERSED: frozenset({Status.RETURNED}),
}


def _day_of(disbursement: Disbursement) -> date | None:
    return read_file_name(disbursement.reference).day if disbursement.reference is not None else None


def _is_expected(disbursement: Disbursement, at: datetime) -> bool:
    """Whether the bank must have an entry at a time (UTC): it has said so, or the entry's window has settled."""
    if disbursement.status in CONFIRMED:
        return True
    return disbursement.reference is not None and window_of_file(disbursement.reference).settles_at <= at


def _write_amount(cents: int, _: str) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _read_amount(text: str, currency: str) -> int | None:
    match = _AMOUNT.fullmatch(text)
    return int(match[1] + match[2]) if match and currency == ACH_CURRENCY else None


ACH_STATEMENT: Final = StatementFormat(
    method=Method.ACH,
    columns={
        "record_type": "record_type",
        "reference": "file",
        "batch_id": "individual_id",
        "item_reference": "trace_number",
        "status": "status",
        "code": "reason_code",
        "change_code": "change_code",
        "amount": "amount",
        "currency": "currency",
        "fee": "fee",
        "created_at": "time_received",
        "processed_at": "time_reported",
        "day": "effective_date",
        "made_at": "time_made",
        "lines": "lines",
    },
    statuses=_STATUSES,
    write_amount=_write_amount,
    read_amount=_read_amount,
    key_of=lambda disbursement: individual_id(disbursement.batch_id),
    day_of=_day_of,
    is_expected=_is_expected,
)
"""A line is of an entry of a file that settles on the day. The bank charges no fee, so the column is empty."""


@record(kw_only=True)
class _Reported:
    """What the bank has said of an entry, when it said so last (UTC), and the code of its notification of change."""

    report: EntryReport
    at: datetime | None = None
    change_code: str | None = None


def bank_statement(
    day: date, made_at: datetime, sent: Mapping[FileName, str], canceled: Collection[tuple[FileName, str]]
) -> Statement:
    """Return the bank's statement of a banking day, made at a time (UTC).

    `sent` has the text of the files that settle on it, `canceled` the entries that the bank was asked to cancel, by
    file and trace number. A file that the bank cannot read has no lines.
    """
    items = tuple(item for name, text in sent.items() for item in _items(name, text, made_at, canceled))
    return Statement(format=ACH_STATEMENT, day=day, made_at=made_at, items=items)


def _items(
    name: FileName, text: str, made_at: datetime, canceled: Collection[tuple[FileName, str]]
) -> Iterator[StatementItem]:
    window = window_of_file(str(name))
    try:
        entries = [entry for batch in read_file(text).batches for entry in batch.entries]
    except UnreadableFileError:
        return
    reported = _reported(
        entries, (answer for answer in answers_to(text, name, window, SANDBOX) if answer.at <= made_at)
    )
    for entry in entries:
        of = reported[entry.trace_number]
        report = of.report.report
        if report is Report.UNCLAIMED and (name, entry.trace_number) in canceled:
            report = Report.RETURNED
        yield StatementItem(
            reference=str(name),
            batch_id=entry.individual_id,
            item_reference=entry.trace_number,
            status=str(report),
            code=of.report.code,
            change_code=of.change_code,
            amount=entry.amount,
            currency=ACH_CURRENCY,
            created_at=window.cutoff,
            processed_at=of.at,
        )


def _reported(entries: Collection[EntryDetail], answers: Iterable[BankFile]) -> dict[str, _Reported]:
    """Return what answers say, in their order, by the entries' trace numbers."""
    reported = {entry.trace_number: _Reported(report=EntryReport(report=Report.PENDING)) for entry in entries}
    for answer in answers:
        if answer.kind is Kind.ACKNOWLEDGEMENT:
            acknowledgement = read_acknowledgement(answer.text)
            refused = dict.fromkeys(reported, EntryReport(report=Report.REFUSED, code=FILE_REFUSED))
            reports = acknowledgement.entries if acknowledgement.refused is None else refused
        elif answer.kind is Kind.RETURNS:
            reports = {
                each.trace_number: EntryReport(report=Report.RETURNED, code=each.reason)
                for each in read_returns(answer.text).answers
            }
        else:
            changes = {each.trace_number: each.reason for each in read_changes(answer.text).answers}
            reported |= {trace: replace(reported[trace], change_code=code) for trace, code in changes.items()}
            continue
        reported |= {trace: replace(reported[trace], report=report, at=answer.at) for trace, report in reports.items()}
    return reported
