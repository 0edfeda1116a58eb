"""The table of disbursements of an environment, for commands of its operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from cli.connection.target import Target
    from paysandbox.disbursements.disbursement import Disbursement
    from paysandbox.disbursements.store.disbursements_table import DisbursementsTable


def find_table(target: Target) -> DisbursementsTable | None:
    """Return the table, or None for an environment that was deployed by a version without disbursements."""
    from paysandbox.disbursements.store.disbursements_table import DisbursementsTable
    from paysandbox.funds.store import FundsTable

    outputs = target.outputs("data")
    if "DisbursementsTable" not in outputs:
        return None
    client = target.client("dynamodb")
    funds = FundsTable(client, outputs["FundsTable"], target.index_shards)
    return DisbursementsTable(client, outputs["DisbursementsTable"], funds, target.index_shards)


def disbursements_table(target: Target) -> DisbursementsTable:
    """Return the table. Raises Failure for an environment that has none."""
    table = find_table(target)
    if table is None:
        raise Failure(
            f"{target.environment} was deployed by another version, which has no disbursements.",
            target.deploy_advice,
        )
    return table


def every_disbursement(table: DisbursementsTable) -> Iterator[Disbursement]:
    """Read all disbursements of all merchants, in no order. An item that cannot be read is left to the audit."""
    from paysandbox.disbursements.funds_scan import disbursement_items
    from paysandbox.disbursements.store.items import UNREADABLE, disbursement_from

    for item in disbursement_items(table):
        try:
            yield disbursement_from(item)
        except UNREADABLE:
            continue


def sandbox_time(target: Target) -> datetime:
    """Return the functions' time (UTC), which `paysandbox clock` may have moved."""
    from datetime import UTC, datetime, timedelta

    from cli.connection.clock_offset import stored_offset_s

    return datetime.now(UTC) + timedelta(seconds=stored_offset_s(target))
