"""The table of timers of an environment, for commands that compare it with the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.connection.target import Target
    from paysandbox.payments.timers.timers import Timers


def timers_table(target: Target) -> Timers | None:
    """Return the table, or None for an environment that was deployed by a version without timers."""
    from paysandbox.payments.timers.timers import Timers

    name = target.outputs("data").get("TimersTable")
    return Timers(target.client("dynamodb"), name, target.index_shards) if name else None
