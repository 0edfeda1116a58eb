"""Settlement tables: entries and batches. Separate from `aws.runtime`, since payments do not load them."""

from functools import cache

from paysandbox.aws.runtime import dynamodb, settings_of
from paysandbox.aws.settings import SettlementTablesSettings
from paysandbox.settlement.batches import Batches
from paysandbox.settlement.entries import Entries


@cache
def entries() -> Entries:
    """Return the entries table."""
    settings = settings_of(SettlementTablesSettings)
    return Entries(dynamodb(), settings.settlement_entries_table, settings.settlement_entries_retention_s)


@cache
def batches() -> Batches:
    """Return the batches table."""
    return Batches(dynamodb(), settings_of(SettlementTablesSettings).settlement_batches_table)


def forget() -> None:
    """Clear the cached tables, for tests, each of which has its own AWS."""
    for made in (entries, batches):
        made.cache_clear()
