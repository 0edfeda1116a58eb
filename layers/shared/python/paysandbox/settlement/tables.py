"""The tables of settlement: entries and batches. Apart from `effects`, since payments load none of this."""

from functools import cache

from paysandbox.aws.runtime import dynamodb, settings_of
from paysandbox.aws.settings import SettlementTablesSettings
from paysandbox.settlement.batches import Batches
from paysandbox.settlement.entries import Entries


@cache
def entries() -> Entries:
    """What each batch takes."""
    settings = settings_of(SettlementTablesSettings)
    return Entries(dynamodb(), settings.settlement_entries_table, settings.settlement_entries_retention_s)


@cache
def batches() -> Batches:
    """The batches and what they say of merchants."""
    return Batches(dynamodb(), settings_of(SettlementTablesSettings).settlement_batches_table)


def forget() -> None:
    """Make them anew: for tests, whose AWS is another one each time."""
    for made in (entries, batches):
        made.cache_clear()
