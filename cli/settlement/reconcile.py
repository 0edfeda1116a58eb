"""`paysandbox settlements reconcile`: compares a settlement report with the ledger's entries, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json

if TYPE_CHECKING:
    from cli.settlement.credentials import SettlementAccess
    from cli.terminal.console import Text
    from paysandbox.aws.dynamodb.conditional_write import Ledger
    from paysandbox.settlement.reports.reading import Report
    from paysandbox.settlement.reports.reconciliation import Discrepancy, Reconciliation
    from paysandbox.settlement.settlement import Entry

# On a terminal; --json has all of them.
_BREAKS_SHOWN: Final = 50

EXAMPLES = """[bold]Examples[/bold]
  paysandbox settlements download 2026-11-20
  paysandbox settlements reconcile settlement_2026-11-20.csv
  paysandbox settlements reconcile report.csv --batch 2026-11-20 --json
"""


def reconcile(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", exists=True, dir_okay=False, help="A settlement report in CSV format.", show_default=False
        ),
    ],
    batch: Annotated[
        str | None,
        typer.Option("--batch", metavar="NAME", help="The expected batch. Default: the batch named in the report."),
    ] = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Compare a settlement report with the ledger: missing, duplicate and late lines, amounts and fees.

    Reads the entries of the report's batch and merchant, and changes nothing.
    Exits with 1 and lists the differences if there are any.
    """
    from cli.connection.target import resolve
    from cli.settlement.credentials import settlement_access
    from cli.state.state_dir import StateDir
    from paysandbox.settlement.reports import reconciliation

    report = _read(file, batch)
    access = settlement_access(resolve(env, StateDir.find()))
    entries = _entries(access, report)
    elsewhere = _elsewhere(access.ledger, report, {entry.operation_id for entry in entries})
    found = reconciliation.reconcile(report, entries, elsewhere=elsewhere)
    if as_json:
        print_json(_facts(file, found))
    else:
        _print(found)
    if found.breaks:
        raise typer.Exit(1)


def _read(file: Path, batch: str | None) -> Report:
    from paysandbox.settlement.reports.reading import NotAReportError, read_report

    try:
        report = read_report(file.read_bytes())
    except NotAReportError as error:
        raise Failure(
            f"{file} is not a settlement report: {error}",
            "Download the CSV report: paysandbox settlements download BATCH",
        ) from None
    if batch is not None and report.batch != batch:
        raise Failure(f"{file} is the report of batch {report.batch}, not {batch}.")
    return report


def _entries(access: SettlementAccess, report: Report) -> list[Entry]:
    from paysandbox.settlement.batches import get_statement
    from paysandbox.settlement.business_day import BatchName, NotABatchError
    from paysandbox.settlement.entries import entries_of_merchant

    try:
        batch = str(BatchName.read(report.batch))
    except NotABatchError as error:
        raise Failure(f"The report names an invalid batch: {error}") from None
    # DynamoDB keys cannot be empty.
    statement = get_statement(access.batches, batch, report.merchant) if report.merchant else None
    if statement is None:
        raise Failure(
            f"Batch {batch} has no entries for merchant {report.merchant!r} in this environment.",
            "If the report is from another environment, name it: --env dev",
        )
    entries = [*entries_of_merchant(access.entries, batch, report.merchant)]
    if len(entries) < statement.rows:
        raise Failure(
            f"Only {len(entries)} of the batch's {statement.rows} entries are still stored; the rest have expired.",
            "The totals are still available: paysandbox settlements show " + batch,
        )
    return entries


def _elsewhere(ledger: Ledger, report: Report, known: set[str]) -> dict[str, str]:
    """For lines that are not in this batch, the batch named by their payment. Unreadable payments are left out."""
    from paysandbox.aws.dynamodb.batch_get import items_by_id
    from paysandbox.aws.schema import PARTITION_KEY
    from paysandbox.core.ids import payment_of
    from paysandbox.payments.audit_scan import TableAudit
    from paysandbox.payments.payment import state_of

    strangers = [line.item_id for line in report.lines if line.item_id not in known]
    payments = {payment for item in strangers if (payment := payment_of(item)) is not None}
    found: dict[str, str] = {}
    for item in items_by_id(ledger.client, ledger.table, PARTITION_KEY, sorted(payments)).values():
        payment = TableAudit().take(item)
        if payment is not None:
            lines = state_of(payment).lines.items()
            mine = {of: line for of, line in lines if (line.merchant or payment.merchant) == report.merchant}
            found |= {line_id: line.batch for line_id, line in mine.items() if line.batch}
    return {item: found[item] for item in strangers if item in found}


def _facts(file: Path, found: Reconciliation) -> dict[str, Any]:
    return {
        "file": str(file),
        "batch": found.batch,
        "merchant": found.merchant,
        "sound": not found.breaks,
        "matched": len(found.matched),
        "breaks": [
            {
                "id": discrepancy.id,
                "type": str(discrepancy.type),
                "key": discrepancy.key,
                "line_no": discrepancy.line_no,
                "detail": discrepancy.detail,
            }
            for discrepancy in found.breaks
        ],
    }


def _print(found: Reconciliation) -> None:
    from cli.terminal.console import Text, answers
    from cli.terminal.text import counted

    console = answers()
    of = f"batch {found.batch} of merchant {found.merchant}"
    matching = f"{counted(len(found.matched), 'matching line')}"
    if not found.breaks:
        console.print(Text(f"The report matches the ledger: {of}, {matching}.", style="bold green"))
        return
    for discrepancy in found.breaks[:_BREAKS_SHOWN]:
        console.print(_line(discrepancy))
    if len(found.breaks) > _BREAKS_SHOWN:
        console.print(f"… and {len(found.breaks) - _BREAKS_SHOWN} more. Use --json to list all.")
    console.print()
    console.print(Text(f"{counted(len(found.breaks), 'difference')} in {of}, {matching}.", style="bold red"))


def _line(discrepancy: Discrepancy) -> Text:
    from cli.terminal.console import Text

    line = f"  line {discrepancy.line_no}" if discrepancy.line_no is not None else ""
    headline = Text.assemble(("✗ ", "bold red"), (f"{discrepancy.type:18}", "bold"), discrepancy.key, line)
    return Text.lines([headline, Text.assemble("  ", (discrepancy.detail, "red"))])
