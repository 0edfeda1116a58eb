"""The table of disputes of an environment, for commands that compare it with the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cli.connection.target import Target
    from paysandbox.disputes.disputes_table import DisputesTable

_DAY_S: Final = 86_400


def disputes_table(target: Target) -> DisputesTable | None:
    """Return the table, or None for an environment that was deployed by a version without disputes."""
    from paysandbox.disputes.disputes_table import DisputesTable

    outputs = target.outputs("data")
    name = outputs.get("DisputesTable")
    if not name:
        return None
    retention_s = int(outputs["RetentionDays"]) * _DAY_S
    return DisputesTable(target.client("dynamodb"), name, retention_s, target.index_shards)
