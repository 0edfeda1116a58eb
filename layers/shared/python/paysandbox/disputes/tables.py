"""The table of disputes that this function's settings name. Apart from the store, because the CLI has no settings."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import DisputesTableSettings
from paysandbox.disputes.disputes_table import DisputesTable


@cache
def disputes() -> DisputesTable:
    """Return the table of disputes. Its rows have the retention of payments."""
    settings = runtime.settings_of(DisputesTableSettings)
    return DisputesTable(runtime.dynamodb(), settings.disputes_table, settings.disputes_retention_s)
