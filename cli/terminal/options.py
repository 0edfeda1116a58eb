"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from cli.terminal.amount import complete_currency
from cli.terminal.time_span import time_or_span
from paysandbox.core.suggestion import did_you_mean

AS_JSON = "paysandbox.as_json"

ENVIRONMENTS: Final = ("local", "dev", "staging", "prod")
"""The names in stacks/environments.py, which takes seconds to import."""


def _remember(context: typer.Context, value: bool) -> bool:
    # The program's root reads this to print a Failure in the same format.
    context.meta[AS_JSON] = context.meta.get(AS_JSON, False) or value
    return value


def known_environment(name: str | None) -> str | None:
    """The name, if there is such an environment."""
    if name is not None and name not in ENVIRONMENTS:
        known = ", ".join(ENVIRONMENTS)
        raise typer.BadParameter(
            f"There is no environment `{name}`. {did_you_mean(name, ENVIRONMENTS)}Known environments: {known}."
        )
    return name


def complete_environment(incomplete: str) -> list[str]:
    """Environments whose name begins so, for a shell's completion."""
    return [name for name in ENVIRONMENTS if name.startswith(incomplete)]


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.", callback=_remember, is_eager=True)]

Environment = Annotated[
    str,
    typer.Option(
        "--env",
        metavar="NAME",
        callback=known_environment,
        autocompletion=complete_environment,
        help="Environment: local (this machine), dev, staging or prod (AWS, with your credentials).",
    ),
]

Limit = Annotated[int, typer.Option("--limit", min=1, help="Maximum number of results.")]
Every = Annotated[bool, typer.Option("--all", help="All results, without --limit.")]
Cursor = Annotated[str | None, typer.Option("--cursor", metavar="TEXT", help="The next_cursor of the previous page.")]
Since = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="TIME", callback=time_or_span, help="Start of the time range: 7d, or an ISO 8601 time."
    ),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", callback=time_or_span, help="End of the time range (exclusive)."),
]
Currency = Annotated[
    str,
    typer.Option("--currency", metavar="CODE", autocompletion=complete_currency, help="ISO 4217 currency code."),
]
OnlyEndpoint = Annotated[str | None, typer.Option("--endpoint", metavar="ID", help="Only deliveries to this endpoint.")]
