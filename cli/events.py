"""`paysandbox events`: what happened to payments, as it was published."""

from __future__ import annotations

import typer

from cli import events_rebuild

app = typer.Typer(no_args_is_help=True, help="What happened to payments, as it was published.")

app.command("rebuild", epilog=events_rebuild.EXAMPLES)(events_rebuild.rebuild)


@app.callback()
def events() -> None:
    """What happened to payments, as it was published."""
