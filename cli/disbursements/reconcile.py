"""`paysandbox disbursements reconcile`: compares a provider's statement with the disbursements, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.disbursements.method_option import NAMES, complete_method, known_method
from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json

if TYPE_CHECKING:
    from cli.terminal.console import Text
    from paysandbox.disbursements.statement import Difference, Statement, StatementComparison

# On a terminal; --json has all of them.
_SHOWN: Final = 50

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox disbursements statement --date 2026-11-22      write paypal_2026-11-22.csv
  paysandbox disbursements reconcile paypal_2026-11-22.csv
  paysandbox disbursements reconcile paypal_2026-11-22.csv --json
  paysandbox disbursements reconcile ach_2026-11-23.csv
"""


def reconcile(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A provider's statement (CSV).",
            show_default=False,
        ),
    ],
    method: Annotated[
        str | None,
        typer.Option(
            *NAMES,
            "--provider",
            metavar="METHOD",
            autocompletion=complete_method,
            callback=known_method,
            help="The payment method that the statement must be of. Default: the file says it.",
        ),
    ] = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Compare a provider's statement with the disbursements: missing ones, amounts, fees, statuses and currencies.

    Reads all disbursements and changes nothing. Disbursements with a simulated status are
    excluded and counted. Exits with 1 and lists every difference. For
    settlement reports, see `settlements reconcile`.
    """
    from cli.connection.target import resolve
    from cli.disbursements.tables import disbursements_table, every_disbursement
    from cli.state.state_dir import StateDir
    from paysandbox.disbursements.statement import compare_statement

    statement = _read(file)
    paid_by = statement.format.method
    if method not in (None, paid_by):
        raise Failure(f"{file} is a statement of {paid_by}, not of {method}.", "Leave --method out.")
    target = resolve(env, StateDir.find())
    ours = (
        disbursement
        for disbursement in every_disbursement(disbursements_table(target))
        if disbursement.method == paid_by
    )
    found = compare_statement(statement, ours)
    if as_json:
        print_json({"file": str(file), "provider": str(paid_by)} | _facts(found))
    else:
        _print(found)
    if found.differences:
        raise typer.Exit(1)


def _read(file: Path) -> Statement:
    from cli.disbursements.statement_formats import FORMATS
    from paysandbox.disbursements.statement import NotAStatementError, read_statement

    try:
        return read_statement(file.read_bytes(), FORMATS.values())
    except NotAStatementError as error:
        raise Failure(
            f"{file} is not a provider's statement: {error}",
            "Write one: paysandbox disbursements statement --date DATE. "
            "Settlement reports: paysandbox settlements reconcile",
        ) from None


def _facts(found: StatementComparison) -> dict[str, Any]:
    from paysandbox.core.timestamps import format_timestamp

    return {
        "date": found.statement.day.isoformat(),
        "made_at": format_timestamp(found.statement.made_at),
        "sound": not found.differences,
        "matched": len(found.matched),
        "simulated": len(found.simulated),
        "unanswered": [*found.unanswered],
        "differences": [
            {
                "type": str(difference.type),
                "key": difference.key,
                "line_no": difference.line_no,
                "detail": difference.detail,
            }
            for difference in found.differences
        ],
    }


def _print(found: StatementComparison) -> None:
    from cli.terminal.console import Text, answers
    from cli.terminal.text import counted

    console = answers()
    for difference in found.differences[:_SHOWN]:
        console.print(_line(difference))
    if len(found.differences) > _SHOWN:
        console.print(f"… and {len(found.differences) - _SHOWN} more. Use --json to list all.")
    if found.differences:
        console.print()
    lines = f"{found.statement.day}, {counted(len(found.matched), 'matching line')}"
    if found.differences:
        console.print(Text(f"{counted(len(found.differences), 'difference')} in {lines}.", style="bold red"))
    else:
        console.print(Text(f"The statement matches the disbursements: {lines}.", style="bold green"))
    if found.simulated:
        console.print(f"{counted(len(found.simulated), 'simulated disbursement')} left out.")
    if found.unanswered:
        console.print(f"{counted(len(found.unanswered), 'disbursement')} without an answer or a line:")
        for payment_id in found.unanswered[:_SHOWN]:
            console.print(f"  {payment_id}")


def _line(difference: Difference) -> Text:
    from cli.terminal.console import Text

    line = f"  line {difference.line_no}" if difference.line_no is not None else ""
    headline = Text.assemble(("✗ ", "bold red"), (f"{difference.type:18}", "bold"), " ", difference.key, line)
    return Text.lines([headline, Text.assemble("  ", (difference.detail, "red"))])
