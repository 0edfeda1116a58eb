"""The lines of a settlement, page by page, from the report that was written of them: by time, then by id.

A page is one range of the CSV file. Its cursor is the byte at which the next line begins.
"""

import re
from typing import Final

from paysandbox.aws import runtime
from paysandbox.aws.cursor import cursor_of, position_of
from paysandbox.aws.settings import ReportsSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.settlement.batch import Statement
from paysandbox.settlement.reports.reading import NotAReportError, ReportLine, lines_of_part

_CSV: Final = "csv"
_BYTE: Final = re.compile("[1-9][0-9]{0,14}")
_MAX_RECORD: Final = 1_500
"""Bytes of a D record, at most. A reference has up to 100 characters of 4 bytes, each quoted or escaped."""
_BEFORE_LINES: Final = 3
"""Records that a page may have beside its lines: the names of the columns, the H record, and the line after it."""


def page_of_lines(statement: Statement, *, limit: int, cursor: str | None) -> tuple[list[ReportLine], str | None]:
    """Return a page of a statement's lines, and the cursor of the next page. Empty until the report is written.

    Raises Refused(cursor_invalid) for a cursor that is not from this settlement.
    """
    tied_to = ("settlement_lines", statement.merchant, statement.batch)
    start = 0 if cursor is None else int(position_of(cursor, tied_to, _BYTE))
    report = statement.reports.get(_CSV)
    if report is None:
        return [], None
    if start >= report.size:
        raise _not_of_this_list()
    end = min(report.size, start + (limit + _BEFORE_LINES) * _MAX_RECORD)
    answer = runtime.s3().get_object(
        Bucket=runtime.settings_of(ReportsSettings).reports_bucket, Key=report.key, Range=f"bytes={start}-{end - 1}"
    )
    try:
        lines, following = lines_of_part(
            answer["Body"].read(), batch=statement.batch, merchant=statement.merchant, limit=limit
        )
    except NotAReportError:
        if cursor is None:
            raise
        # The mark of a cursor is not secret: another byte of the file was asked for.
        raise _not_of_this_list() from None
    return lines, None if following is None else cursor_of(str(start + following), tied_to)


def _not_of_this_list() -> Refused:
    return Refused(Code.CURSOR_INVALID, "Use next_cursor of the previous page, unchanged.", "cursor")
