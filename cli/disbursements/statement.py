"""`paysandbox disbursements statement`: writes a provider's statement of a day, for `disbursements reconcile`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.disbursements.ach_statement import ach_statement
from cli.disbursements.method_option import NAMES, complete_method, known_method
from cli.disbursements.paypal_statement import nightly_statement, paypal_statement
from cli.disbursements.stripe_statement import stripe_statement
from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json, print_line, print_note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cli.connection.target import Target

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox disbursements statement --date 2026-11-22             paypal_2026-11-22.csv
  paysandbox disbursements statement --date 2026-11-23 --method ach
  paysandbox disbursements statement --date 2026-11-22 --method stripe
  paysandbox disbursements statement --date 2026-11-22 -o day.csv --env prod
"""

SOURCES: Final[Mapping[str, Callable[[Target, datetime], str]]] = {
    "paypal": paypal_statement,
    "ach": ach_statement,
    "stripe": stripe_statement,
}
"""By payment method: the file of the provider's statement of a day, made now."""
NIGHTLY: Final[Mapping[str, Callable[[Target, datetime], str]]] = {"paypal": nightly_statement}
"""Likewise: the file that was written in the night. The files of ACH stay, and Stripe lists transfers of any day, so
their statements can be made at any time."""


def statement(
    date: Annotated[
        datetime,
        typer.Option(
            "--date",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="The day: 2026-11-22. For paypal and stripe in UTC, for ach the banking day on which files settle.",
        ),
    ],
    method: Annotated[
        str,
        typer.Option(
            *NAMES,
            metavar="METHOD",
            autocompletion=complete_method,
            callback=known_method,
            help="The payment method: paypal, stripe, or ach for the bank's statement.",
        ),
    ] = "paypal",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            dir_okay=False,
            help="Output file. Default: METHOD_DATE.csv in this directory.",
            show_default=False,
        ),
    ] = None,
    nightly: Annotated[
        bool,
        typer.Option("--nightly", help="Download the file of PayPal that was written in the night after that day."),
    ] = False,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Write a provider's statement for one day: each payment with its status, amount and fee.

    Locally, the PayPal simulator provides PayPal's. PayPal's API has no statements, so
    in AWS the command reads each batch that the sandbox knows, with the
    environment's credentials. A nightly run at 03:00 UTC does the same for the
    day before; --nightly downloads that file. The simulated bank's statement is of
    the files that settle on the day, by the sandbox's clock. Stripe's is of the
    transfers that were created on the day. An existing file is overwritten.
    """
    from cli.connection.target import resolve
    from cli.state.state_dir import StateDir
    from cli.terminal.text import counted

    sources = NIGHTLY if nightly else SOURCES
    if method not in sources:
        raise typer.BadParameter(f"There are nightly statements of {', '.join(NIGHTLY)} only.", param_hint="--nightly")
    day = date.replace(tzinfo=UTC)
    data = sources[method](resolve(env, StateDir.find()), day)
    file = output or Path(f"{method}_{day:%Y-%m-%d}.csv")
    try:
        file.write_bytes(data.encode())
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}.", "Choose another file with --output.") from None
    # Without the names of the columns and the last record.
    lines = data.count("\n") - 2
    if as_json:
        print_json({"file": str(file), "date": f"{day:%Y-%m-%d}", "payment_method": method, "lines": lines})
        return
    print_line(f"{file}: {counted(lines, 'line')}.")
    print_note(f"Compare it: paysandbox disbursements reconcile {file}")
