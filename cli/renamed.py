"""Commands that were renamed: each old name answers with the new one for one release, and then this module goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import typer

from cli.terminal.output import print_note

RENAMED: Final[Mapping[str, str]] = {
    "settle": "settlements run",
    "fund": "payout fund",
    "customers": "payout customers",
    "customers create": "payout customers create",
    "customers get": "payout customers show",
    "customers update": "payout customers update",
    "reconcile": "payout reconcile",
    "webhooks": "endpoints",
    "webhooks endpoints": "endpoints",
    "webhooks endpoints list": "endpoints list",
    "webhooks endpoints show": "endpoints show",
    "webhooks endpoints create": "endpoints create",
    "webhooks endpoints update": "endpoints update",
    "webhooks endpoints delete": "endpoints delete",
    "webhooks endpoints rotate": "endpoints rotate",
    "webhooks endpoints test": "endpoints test",
    "webhooks endpoints enable": "endpoints update --enable",
    "webhooks deliveries": "deliveries",
    "webhooks deliveries list": "deliveries list",
    "webhooks deliveries show": "deliveries show",
    "webhooks replay": "endpoints replay",
    "webhooks redrive": "redrive webhooks",
    "donate": "donations create",
    "donors": "donations",
    "donors create": "donations sign-up",
    "donors token": "donations sign-in",
    "donations redrive": "redrive",
    "donations redrive payments": "redrive payments",
    "donations redrive notifications": "redrive receipts",
    "secrets": "donations secrets",
    "secrets list": "donations secrets list",
    "secrets set": "donations secrets set",
}
"""Old name, new name. A group has a row too, for a call without one of its commands."""

# The arguments are the old command's: they are read to find the longest name in the table, and never checked.
_ANY_ARGUMENTS: Final = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


def add_to(app: typer.Typer) -> None:
    """Register every old top-level name as a hidden command."""
    for name in sorted({old.split()[0] for old in RENAMED} - {"donations"}):
        add_one(app, name)


def add_one(app: typer.Typer, name: str) -> None:
    """Register the last word of an old name as a hidden command of the group that it was in."""

    def renamed(context: typer.Context) -> None:
        print_note(message(name, context.args))
        raise typer.Exit(2)

    app.command(name.rpartition(" ")[2], hidden=True, context_settings=_ANY_ARGUMENTS)(renamed)


def message(name: str, arguments: list[str]) -> str:
    """The new name of the longest old name that the words begin with."""
    words = [*name.split(), *arguments]
    old = next(found for end in range(len(words), 0, -1) if (found := " ".join(words[:end])) in RENAMED)
    return f"`paysandbox {old}` is now `paysandbox {RENAMED[old]}`."
