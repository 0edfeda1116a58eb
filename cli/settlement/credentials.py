"""The settlement tables of an environment, from its functions' configuration, and the functions' time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cli.terminal.failure import Failure
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.settings import LedgerSettings, SettlementTablesSettings
from paysandbox.settlement.batches import Batches
from paysandbox.settlement.entries import Entries

if TYPE_CHECKING:
    from cli.connection.target import Target

# This function's configuration names all of the tables.
_KNOWS: Final = "collect_entries"


@dataclass(frozen=True)
class SettlementAccess:
    """Batches, their entries and the ledger, for reading."""

    batches: Batches
    entries: Entries
    ledger: Ledger
    now: datetime


def settlement_access(target: Target) -> SettlementAccess:
    """The tables. Raises Failure where the environment was deployed from a version without settlement."""
    from cli.connection.clock_offset import stored_offset_s

    variables = _variables(target)
    try:
        tables, ledger = SettlementTablesSettings.from_env(variables), LedgerSettings.from_env(variables)
    except KeyError as missing:
        raise _too_old(target) from missing
    dynamodb = target.client("dynamodb")
    return SettlementAccess(
        batches=Batches(dynamodb, tables.settlement_batches_table),
        entries=Entries(dynamodb, tables.settlement_entries_table, tables.settlement_entries_retention_s),
        ledger=Ledger(dynamodb, ledger.ledger_table, ledger.retention_s),
        now=datetime.now(UTC) + timedelta(seconds=stored_offset_s(target)),
    )


def _variables(target: Target) -> Mapping[str, str]:
    client = target.client("lambda")
    try:
        found = client.get_function_configuration(FunctionName=f"paysandbox-{target.environment}-{_KNOWS}")
    except client.exceptions.ResourceNotFoundException:
        raise _too_old(target) from None
    return found.get("Environment", {}).get("Variables", {})


def _too_old(target: Target) -> Failure:
    return Failure(
        f"{target.environment} was deployed from another version, which has no settlement.",
        target.deploy_advice,
    )
