"""Options that several commands share, so that they are called, explained and checked alike."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.terminal.amount import complete_currency

AS_JSON = "paysandbox.as_json"


def _remember(context: typer.Context, value: bool) -> bool:
    # The program's root tells a Failure in the shape that was asked for, and has only this to know it by.
    context.meta[AS_JSON] = context.meta.get(AS_JSON, False) or value
    return value


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.", callback=_remember, is_eager=True)]

Environment = Annotated[
    str,
    typer.Option(
        "--env",
        metavar="NAME",
        help="Which sandbox: the one on this machine, or an environment deployed to AWS (your AWS credentials).",
    ),
]

Limit = Annotated[int, typer.Option("--limit", min=1, max=100, help="How many.")]
Cursor = Annotated[
    str | None, typer.Option("--cursor", metavar="TEXT", help="Go on where a page ended: its next_cursor.")
]
Currency = Annotated[
    str,
    typer.Option("--currency", metavar="CODE", autocompletion=complete_currency, help="ISO 4217 currency code."),
]
OnlyEndpoint = Annotated[str | None, typer.Option("--endpoint", metavar="ID", help="Only to this endpoint.")]
