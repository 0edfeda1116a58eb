"""The table of disbursements that this function's settings name. Apart from the store: the CLI has no settings."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import DisbursementsTableSettings
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable
from paysandbox.funds.store import FundsTable


@cache
def disbursements() -> DisbursementsTable:
    """Return the table of disbursements."""
    settings = runtime.settings_of(DisbursementsTableSettings)
    client = runtime.dynamodb()
    return DisbursementsTable(
        client, settings.disbursements_table, FundsTable(client, settings.disbursements_funds_table)
    )
